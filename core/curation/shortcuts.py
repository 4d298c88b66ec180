"""Shortcut cues: size, light, frame or source that predict the class without the content."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from core.evaluation.intervals import wilson
from core.imaging.measurements import ImageFacts
from core.types import FloatArray, IntArray, Probabilities

LEAST_GAIN = 1.3
"""A cue counts when its balanced accuracy is significantly above this multiple of chance."""
LEAST_TOLD = 0.5
"""Least probability by the cue alone of the class of a sample that is listed."""


@dataclass(frozen=True, kw_only=True)
class Cue:
    """A cue that predicts the class better than chance."""

    name: str
    balanced_accuracy: float
    """Of a small tree on this cue alone, out of fold."""
    chance: float
    """1 / classes"""
    shares: Probabilities
    """(N, K) out of fold"""
    told: npt.NDArray[np.bool_]
    """(N,) labelled samples whose class the cue predicts"""


def find(
    facts: ImageFacts,
    origins: Sequence[str],
    labels: IntArray,
    folds: IntArray,
    classes: int,
) -> list[Cue]:
    """Return the cues that predict the class, best first.

    A cue is taken for real when the lower end of a 95 % interval of its balanced accuracy lies
    above 1.3 times chance. Its accuracy rests on as many patients as a class has folds' worth of
    samples; the rarest class decides.
    """
    usable = (labels >= 0) & (folds >= 0)
    if len(np.unique(labels[usable])) < 2 or len(np.unique(folds[usable])) < 2:
        return []
    cues = [
        _cue(name, values, labels, folds, usable, classes)
        for name, values in _values(facts, origins)
    ]
    return sorted((cue for cue in cues if cue is not None), key=lambda cue: -cue.balanced_accuracy)


def _values(facts: ImageFacts, origins: Sequence[str]) -> list[tuple[str, FloatArray]]:
    light = np.stack([facts.brightness, facts.dark, facts.blown], axis=1)
    size = np.stack([facts.width, facts.height, facts.width * facts.height], axis=1)
    names = sorted(set(origins))
    source = np.array([names.index(origin) for origin in origins], dtype=np.float64)[:, None]
    return [
        ("Picture size", size.astype(np.float64)),
        ("Brightness", light),
        ("Plain border", facts.border[:, None]),
        ("Source", np.eye(len(names))[source[:, 0].astype(int)] if len(names) > 1 else source),
    ]


def _cue(
    name: str,
    values: FloatArray,
    labels: IntArray,
    folds: IntArray,
    usable: npt.NDArray[np.bool_],
    classes: int,
) -> Cue | None:
    if np.ptp(values[usable], axis=0).max() == 0:
        return None
    shares = np.zeros((len(labels), classes))
    for fold in np.unique(folds):
        held, others = folds == fold, usable & (folds != fold)
        tree = DecisionTreeClassifier(
            max_leaf_nodes=12, min_samples_leaf=5, class_weight="balanced", random_state=0
        )
        tree.fit(values[others], labels[others])
        shares[np.ix_(held, tree.classes_)] = tree.predict_proba(values[held])
    right = shares.argmax(axis=1) == labels
    present = np.unique(labels[usable])
    counts = np.array([(labels[usable] == column).sum() for column in present])
    recalls = [float(right[usable & (labels == column)].mean()) for column in present]
    accuracy, chance = float(np.mean(recalls)), 1 / len(present)
    # The mean of K proportions varies like one that rests on K^2 / sum(1 / n) samples.
    effective = len(present) ** 2 / float((1 / counts).sum())
    if wilson(accuracy, effective)[0] <= LEAST_GAIN * chance:
        return None
    own = shares[np.arange(len(labels)), np.maximum(labels, 0)]
    return Cue(
        name=name,
        balanced_accuracy=accuracy,
        chance=chance,
        shares=shares,
        told=(labels >= 0) & right & (own >= LEAST_TOLD),
    )
