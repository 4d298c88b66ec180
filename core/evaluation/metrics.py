"""Numbers from labels and probabilities: what `Evaluation` holds, from arrays.

Balanced accuracy and macro-F1 are means over the classes that the split contains. A "patient" is a
group here: everything that must stay together counts once.
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation import intervals
from core.types import (
    ClassId,
    ClassMetrics,
    Evaluation,
    FloatArray,
    IntArray,
    Metric,
    Probabilities,
    RunId,
)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """True and predicted classes, one entry per image. All arrays are (N,)."""

    truth: IntArray
    """Column of the true class."""
    predicted: IntArray
    """Column of the predicted class."""
    patients: IntArray
    """Group number; equal numbers are drawn together."""


def answers(
    labels: list[ClassId],
    probabilities: Probabilities,
    groups: list[int],
    classes: tuple[ClassId, ...],
) -> Answers:
    """Turn labels and probabilities into columns.

    Args:
        labels: N true classes, each one of `classes`.
        probabilities: (N, K), columns in the order of `classes`.
        groups: N group numbers.
        classes: the K classes.
    """
    column = {class_id: index for index, class_id in enumerate(classes)}
    return Answers(
        truth=np.array([column[label] for label in labels], dtype=np.int64),
        predicted=np.asarray(probabilities).argmax(axis=1).astype(np.int64),
        patients=np.array(groups, dtype=np.int64),
    )


def evaluate(
    given: Answers,
    classes: tuple[ClassId, ...],
    *,
    run: RunId,
    split: str,
    test_version: str,
    seed: int = 0,
) -> Evaluation:
    """Measure the answers; the same input and seed give the same numbers.

    Raises:
        ValueError: when there is nothing to measure.
    """
    if given.truth.size == 0:
        raise ValueError("an evaluation needs at least one image")
    per_patient = _per_patient(given, len(classes))
    confusion = per_patient.sum(axis=0)
    draws = intervals.resample_patients(per_patient, np.random.default_rng(seed))
    overall = _overall_metrics(per_patient, confusion, draws)
    return Evaluation(
        run=run,
        split=split,
        test_version=test_version,
        images=int(confusion.sum()),
        patients=len(per_patient),
        accuracy=overall[0],
        balanced_accuracy=overall[1],
        macro_f1=overall[2],
        classes=_class_metrics(classes, per_patient, confusion, draws),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def _per_patient(given: Answers, classes: int) -> IntArray:
    """Return (G, K, K) confusion counts of each patient."""
    numbers, index = np.unique(given.patients, return_inverse=True)
    counts = np.zeros((len(numbers), classes, classes), dtype=np.int64)
    np.add.at(counts, (index, given.truth, given.predicted), 1)
    return counts


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """Divide; NaN where there is nothing to divide by."""
    defined = under > 0
    result: FloatArray = np.full(np.broadcast(over, under).shape, np.nan)
    np.divide(over, under, out=result, where=defined)
    return result


@dataclass(frozen=True, kw_only=True)
class _Rates:
    """Rates of a stack of confusion matrices (..., K, K); NaN where undefined."""

    accuracy: FloatArray
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray

    @property
    def balanced_accuracy(self) -> FloatArray:
        """Mean recall of the classes present."""
        return _mean_of_defined(self.recall)

    @property
    def macro_f1(self) -> FloatArray:
        """Mean F1 of the classes present."""
        return _mean_of_defined(self.f1)


def _mean_of_defined(rates: FloatArray) -> FloatArray:
    return _ratio(np.nansum(rates, axis=-1), np.isfinite(rates).sum(axis=-1).astype(np.float64))


def _rates(confusions: FloatArray) -> _Rates:
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    true = confusions.sum(axis=-1)
    predicted = confusions.sum(axis=-2)
    f1 = _ratio(2 * right, true + predicted)
    return _Rates(
        accuracy=_ratio(right.sum(axis=-1), true.sum(axis=-1)),
        precision=_ratio(right, predicted),
        recall=_ratio(right, true),
        f1=np.where(true > 0, f1, np.nan),
    )


def _overall_metrics(
    per_patient: IntArray, confusion: IntArray, draws: FloatArray
) -> tuple[Metric, Metric, Metric]:
    """Return accuracy, balanced accuracy and macro-F1."""
    value, drawn = _rates(confusion.astype(np.float64)), _rates(draws)
    patients = len(per_patient)
    of_class = (per_patient.sum(axis=2) > 0).sum(axis=0)
    present = of_class[of_class > 0]
    # The mean of K proportions resting on n_k patients varies like one that rests on
    # K^2 / sum(1 / n_k) patients: a class of two patients keeps the interval wide.
    effective = min(float(patients), len(present) ** 2 / float((1 / present).sum()))
    return (
        intervals.metric(float(value.accuracy), drawn.accuracy, patients),
        intervals.metric(float(value.balanced_accuracy), drawn.balanced_accuracy, effective),
        intervals.metric(float(value.macro_f1), drawn.macro_f1, effective),
    )


def _class_metrics(
    classes: tuple[ClassId, ...], per_patient: IntArray, confusion: IntArray, draws: FloatArray
) -> tuple[ClassMetrics, ...]:
    value, drawn = _rates(confusion.astype(np.float64)), _rates(draws)
    is_true = per_patient.sum(axis=2) > 0
    is_predicted = per_patient.sum(axis=1) > 0
    either = is_true | is_predicted

    def with_interval(
        rate: FloatArray, rates: FloatArray, column: int, patients: int
    ) -> Metric | None:
        if not np.isfinite(rate[column]):
            return None
        return intervals.metric(float(rate[column]), rates[:, column], patients)

    return tuple(
        ClassMetrics(
            class_id=class_id,
            precision=with_interval(
                value.precision, drawn.precision, k, int(is_predicted[:, k].sum())
            ),
            recall=with_interval(value.recall, drawn.recall, k, int(is_true[:, k].sum())),
            f1=with_interval(value.f1, drawn.f1, k, int(either[:, k].sum())),
            images=int(confusion[k].sum()),
            patients=int(is_true[:, k].sum()),
        )
        for k, class_id in enumerate(classes)
    )
