"""Agreement of readers beyond chance: Cohen's and Fleiss' kappa."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import DRAWS
from core.types import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class Kappa:
    """Agreement of two readers on the samples that both have read."""

    value: float | None
    """Cohen's kappa: 1 = always, 0 = as chance would; None where both named one class only."""
    low: float | None
    high: float | None
    """95 % interval, groups of samples drawn with replacement; where readers always agree, that of
    Clopper and Pearson (1934), because no draw would differ."""
    observed: float
    """Share of the samples to which both gave the same class."""
    samples: int
    groups: int


def cohen(
    first: Sequence[int], second: Sequence[int], groups: Sequence[int], seed: int = 0
) -> Kappa:
    """Return Cohen's kappa of two readers' classes for the same samples.

    kappa = (p_o - p_e) / (1 - p_e), p_o the observed agreement, p_e the sum over classes of the
    product of both readers' shares (Cohen 1960). Raises ValueError where nothing was read by both.
    """
    if not len(first):
        raise ValueError("there is no sample that both have read")
    names = sorted({*first, *second})
    rows = np.array([names.index(label) for label in first])
    columns = np.array([names.index(label) for label in second])
    numbers, place = np.unique(np.array(groups), return_inverse=True)
    tables = np.zeros((len(numbers), len(names), len(names)))
    np.add.at(tables, (place, rows, columns), 1)
    whole = tables.sum(axis=0)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), size=DRAWS)
    drawn = _kappa(np.tensordot(weights.astype(np.float64), tables, axes=1))
    value, defined = float(_kappa(whole)), drawn[np.isfinite(drawn)]
    is_defined = np.isfinite(value) and len(defined) > 0
    low, high = np.percentile(defined, [2.5, 97.5]) if is_defined else (np.nan, np.nan)
    if is_defined and value == 1:
        total = whole.sum()
        chance = float(whole.sum(axis=0) @ whole.sum(axis=1)) / total**2
        low = (0.025 ** (1 / len(numbers)) - chance) / (1 - chance)
    return Kappa(
        value=value if is_defined else None,
        low=min(float(low), value) if is_defined else None,
        high=max(float(high), value) if is_defined else None,
        observed=float(np.trace(whole) / whole.sum()),
        samples=len(first),
        groups=len(numbers),
    )


def fleiss(counts: IntArray) -> float | None:
    """Return Fleiss' kappa of (N, K) counts: how many readers put sample n into class k.

    With n_i readers of sample i: P_i = sum_k n_ik (n_ik - 1) / (n_i (n_i - 1)), kappa = (mean P_i -
    P_e) / (1 - P_e), P_e the sum of the squared shares of the classes (Fleiss 1971, generalised to
    unequal numbers of readers). None where no sample has two readers, or all named one class.
    """
    readers = counts.sum(axis=1)
    counts, readers = counts[readers > 1], readers[readers > 1]
    if not len(counts):
        return None
    agreed = (counts * (counts - 1)).sum(axis=1) / (readers * (readers - 1))
    shares = counts.sum(axis=0) / counts.sum()
    chance = float((shares**2).sum())
    return None if chance >= 1 else float((agreed.mean() - chance) / (1 - chance))


def _kappa(tables: FloatArray) -> FloatArray:
    """Return kappa of (..., K, K) tables; NaN where it is not defined."""
    total = tables.sum(axis=(-2, -1))
    total = np.where(total > 0, total, np.nan)
    observed = np.trace(tables, axis1=-2, axis2=-1) / total
    chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / total**2
    defined = chance < 1
    kappa: FloatArray = np.where(
        defined, (observed - chance) / np.where(defined, 1 - chance, 1), np.nan
    )
    return kappa
