"""Two checkpoints on the same patients: what the second gains, with a paired interval."""

import numpy as np

from core.evaluation import intervals
from core.evaluation.metrics import Answers
from core.types import Difference, FloatArray, IntArray


def balanced_accuracy(before: Answers, after: Answers, classes: int, seed: int = 0) -> Difference:
    """Return the gain in balanced accuracy, patients drawn with replacement once for both.

    Paired bootstrap (Efron and Tibshirani 1993, chapter 16): what is hard for both checkpoints
    cancels, so the interval is narrower than that of two separate measurements.

    Args:
        before: the first checkpoint's answers.
        after: the second's, for the same images in the same order.
        classes: how many classes there are.
        seed: of the draws.

    Raises:
        ValueError: when there is nothing to measure, or truth or patients differ.
    """
    if before.truth.size == 0:
        raise ValueError("a comparison needs at least one image")
    same = np.array_equal(before.truth, after.truth)
    if not same or not np.array_equal(before.patients, after.patients):
        raise ValueError("both checkpoints must have answered about the same images")
    right = before.predicted == before.truth, after.predicted == after.truth
    counts = _per_patient(before, right, classes)
    whole = _balanced(counts.sum(axis=0).astype(np.float64))
    gains = _balanced(intervals.resample_patients(counts, np.random.default_rng(seed)))
    value = float(whole[1] - whole[0])
    gained = gains[:, 1] - gains[:, 0]
    low, high = np.percentile(gained, [2.5, 97.5])
    if intervals.is_one_value(gained):
        # No draw differs, as where both predict the same: Wilson's limit for 0 of all patients.
        missed = intervals.wilson(0.0, len(counts))[1]
        low, high = value - missed, value + missed
    return Difference(
        before=float(whole[0]),
        after=float(whole[1]),
        value=value,
        low=max(-1.0, min(float(low), value)),
        high=min(1.0, max(float(high), value)),
        images=int(before.truth.size),
        patients=len(counts),
        mended=int((right[1] & ~right[0]).sum()),
        broken=int((right[0] & ~right[1]).sum()),
    )


def _per_patient(
    given: Answers, right: tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], ...], classes: int
) -> IntArray:
    """Return (G, K, 3): images of each class, and how many of them either gets right."""
    numbers, index = np.unique(given.patients, return_inverse=True)
    counts = np.zeros((len(numbers), classes, 3), dtype=np.int64)
    for column, chosen in enumerate((np.ones(given.truth.size, dtype=np.bool_), *right)):
        np.add.at(counts, (index[chosen], given.truth[chosen], column), 1)
    return counts


def _balanced(counts: FloatArray) -> FloatArray:
    """Return (..., 2): mean recall of the classes present, for both, from (..., K, 3)."""
    images = counts[..., :1]
    recalls = np.divide(
        counts[..., 1:], images, out=np.zeros_like(counts[..., 1:]), where=images > 0
    )
    present = np.maximum((images > 0).sum(axis=-2), 1)
    balanced: FloatArray = recalls.sum(axis=-2) / present
    return balanced
