"""Query strategies: which sample to ask a person about next. Arrays in, arrays out.

A strategy gives every sample a score in [0, 1], higher = ask first. `queue` turns scores into an
order: one sample of a bundle (siblings, duplicates) at a time, and a share of random picks, the
random arm, so that a strategy's gain can be measured against chance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.curation import coresets
from core.errors import AppError
from core.types import Embeddings, FloatArray, IntArray, Probabilities

_CLOSE = 0.3
"""Two probabilities that differ by less are hard to tell apart."""


@dataclass(frozen=True, kw_only=True)
class QueryState:
    """What query strategies read about N samples."""

    embeddings: Embeddings
    """(N, D)"""
    labels: IntArray
    """(N,) columns; -1: none"""
    decided: np.typing.NDArray[np.bool_]
    """(N,) already decided by a person: never queried, but counted as covered by core-sets."""
    bundles: IntArray
    """(N,) samples with one number are answered by one decision (siblings, duplicates)."""
    probabilities: Probabilities | None = None
    """(N, K) out of fold; None before there is anything to fit to."""
    second: Probabilities | None = None
    """(N, K) of a fine-tuned model, for disagreement."""
    noise: FloatArray | None = None
    """(N,) how probably the label is wrong, in [0, 1]."""


@dataclass(frozen=True, kw_only=True)
class Pick:
    """One place in a queue."""

    row: int
    score: float
    random: bool
    """Chosen at random, for comparison."""


def least_confidence(state: QueryState) -> FloatArray:
    """Return 1 - largest probability, scaled so that a uniform row scores 1."""
    shares = _shares(state)
    classes = shares.shape[1]
    uncertainty = (1 - shares.max(axis=1)) * classes / max(1, classes - 1)
    return np.asarray(uncertainty, dtype=np.float64)


def margin(state: QueryState) -> FloatArray:
    """Return 1 - (largest - second largest probability)."""
    ordered = np.sort(_shares(state), axis=1)
    return np.asarray(1 - (ordered[:, -1] - ordered[:, -2]), dtype=np.float64)


def entropy(state: QueryState) -> FloatArray:
    """Return the entropy of the probabilities, divided by that of a uniform row."""
    shares = np.clip(_shares(state), 1e-12, 1)
    relative = -(shares * np.log(shares)).sum(axis=1) / np.log(shares.shape[1])
    return np.asarray(np.clip(relative, 0, 1), dtype=np.float64)


def disagreement(state: QueryState) -> FloatArray:
    """Return the total variation distance between two models; margin where there is one only."""
    if state.second is None:
        return margin(state)
    return np.asarray(0.5 * np.abs(_shares(state) - state.second).sum(axis=1), dtype=np.float64)


def diversity(state: QueryState) -> FloatArray:
    """Return scores that ask first for what is farthest from all that is decided (core-set).

    Works without any label or probability.
    """
    return coresets.farthest_first(state.embeddings, state.decided)


def balance(state: QueryState) -> FloatArray:
    """Return an order that takes the predicted classes in turn, in each the least sure first."""
    predicted, sure = _shares(state).argmax(axis=1), margin(state)
    turn = np.zeros(len(sure))
    for column in np.unique(predicted):
        rows = np.flatnonzero((predicted == column) & ~state.decided)
        turn[rows[np.argsort(-sure[rows], kind="stable")]] = np.arange(len(rows))
    return np.asarray((1 + 0.5 * sure) / (1.5 + turn), dtype=np.float64)


def worth(state: QueryState) -> FloatArray:
    """Return the expected change by an answer, weighted by the number of samples that it settles.

    A labelled sample is worth how probably its label is wrong. One without a label is worth its
    place in `coverage.typical_first`, .5 to 1. Both count the more, the more samples one decision
    settles. Chosen by `tests/benchmarks/active_learning.py`: weighing doubt with uncertainty or
    density, as is often done, finds fewer wrong labels and ends with a worse classifier.
    """
    labelled = state.labels >= 0
    value = np.zeros(len(state.labels))
    if state.noise is not None:
        value[labelled] = state.noise[labelled]
    else:
        value[labelled] = 1 - _shares(state)[labelled, state.labels[labelled]]
    waiting = np.flatnonzero(~labelled & ~state.decided)
    doubtful = waiting[np.argsort(-margin(state)[waiting], kind="stable")]
    order = coresets.typical_first(state.embeddings, doubtful)
    value[order] = 1 - 0.5 * np.arange(len(order)) / max(1, len(order))
    _, place, sizes = np.unique(state.bundles, return_inverse=True, return_counts=True)
    settled = np.log2(1 + sizes[place])
    return np.asarray(value * (0.75 + 0.25 * settled / settled.max()), dtype=np.float64)


STRATEGIES: Mapping[str, Callable[[QueryState], FloatArray]] = {
    "worth": worth,
    "margin": margin,
    "least confidence": least_confidence,
    "entropy": entropy,
    "disagreement": disagreement,
    "diversity": diversity,
    "class balance": balance,
}
"""Name -> strategy. The first is the default."""

DEFAULT = "worth"
RANDOM_SHARE = 0.1


def scores(state: QueryState, strategy: str = DEFAULT) -> FloatArray:
    """Return (N,) scores; without probabilities every strategy falls back to diversity.

    Raises AppError for an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise AppError(
            f"There is no query strategy called {strategy!r}.",
            title="Unknown strategy",
            hint=f"Choose one of {', '.join(STRATEGIES)}.",
        )
    cold = state.probabilities is None or state.probabilities.shape[1] < 2
    return diversity(state) if cold else STRATEGIES[strategy](state)


def queue(
    state: QueryState,
    rng: np.random.Generator,
    strategy: str = DEFAULT,
    random_share: float = RANDOM_SHARE,
) -> list[Pick]:
    """Return one pick per undecided bundle, best first, with random picks strewn in.

    A bundle is as good as its best undecided member, which stands for it; a bundle with a decided
    member is still asked about while others of it are open. Empty only when all is decided.
    """
    values = scores(state, strategy)
    waiting = _representatives(values, state)
    by_chance, by_score = iter(rng.permutation(waiting).tolist()), iter(waiting)
    taken: set[int] = set()
    picks: list[Pick] = []
    while len(picks) < len(waiting):
        at_random = bool(rng.random() < random_share)
        row = next(row for row in (by_chance if at_random else by_score) if row not in taken)
        taken.add(row)
        picks.append(Pick(row=row, score=float(values[row]), random=at_random))
    return picks


def reason(state: QueryState, pick: Pick, names: Sequence[str]) -> str:
    """Say why a pick is asked, so that a person understands; `names` are the K classes."""
    if pick.random:
        return "Picked by chance, to see what the order of the others is worth."
    if state.probabilities is None:
        return "Unlike what has been decided so far."
    shares = state.probabilities[pick.row]
    first, second = np.argsort(-shares, kind="stable")[:2].tolist()
    label = int(state.labels[pick.row])
    if label >= 0 and first != label:
        return (
            f"Pictures like it say {names[first]} ({_percent(shares[first])}); its label is "
            f"{names[label]} ({_percent(shares[label])})."
        )
    if shares[first] - shares[second] < _CLOSE:
        return (
            f"Hard to tell: {names[first]} ({_percent(shares[first])}) or {names[second]} "
            f"({_percent(shares[second])})."
        )
    return f"It stands for many pictures like it; the likeliest class is {names[first]}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _representatives(values: FloatArray, state: QueryState) -> list[int]:
    best: dict[int, int] = {}
    for row in np.argsort(-values, kind="stable").tolist():
        if not state.decided[row]:
            best.setdefault(int(state.bundles[row]), row)
    return list(best.values())


def _shares(state: QueryState) -> Probabilities:
    if state.probabilities is None:
        raise ValueError("this strategy needs probabilities; `scores` falls back to diversity")
    return state.probabilities
