"""Measured numbers with their intervals."""

from dataclasses import dataclass

from core.types.names import ClassId, RunId


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A value with its 95 % interval (patient bootstrap; Wilson for all-right or all-wrong)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """One row of the classification report."""

    class_id: ClassId
    precision: Metric | None
    """None when nothing was predicted as this class."""
    recall: Metric | None
    f1: Metric | None
    images: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A checkpoint measured on a split."""

    run: RunId
    split: str
    """validation, test, out_of_fold or fold-<k>"""
    test_version: str
    images: int
    patients: int
    accuracy: Metric
    balanced_accuracy: Metric
    macro_f1: Metric
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: true class, columns: predicted class, both in the run's class order."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a second checkpoint gains on the same images of the same patients."""

    before: float
    after: float
    value: float
    """after - before, in [-1, 1]; above 0: the second is better."""
    low: float
    high: float
    """95 % interval of the value, patients drawn once for both."""
    images: int
    patients: int
    mended: int
    """Images that only the second gets right."""
    broken: int
    """Images that only the first gets right."""
