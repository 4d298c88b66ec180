"""Evaluations as tables: what the screen shows, and what is taken away as CSV or XLSX."""

from collections.abc import Sequence

import pandas as pd

from core.types import Evaluation, Metric, Run
from dashboard.services.evaluation import evaluations

RATES = ("precision", "recall", "f1")
OVERALL = ("balanced_accuracy", "macro_f1", "accuracy")
_ENDS = ("", "_low", "_high")


def report(evaluation: Evaluation, names: Sequence[str]) -> pd.DataFrame:
    """Return the classification report: a row per class, then a row per overall figure.

    Columns: class; precision, recall and f1 in [0, 1], each with the ends of its 95 % interval
    (`_low`, `_high`), missing where nothing was divided; images; patients. An overall figure
    (accuracy, balanced_accuracy, macro_f1) is in the columns of precision.
    """
    rows = [
        {
            "class": name,
            **{key: cell for rate in RATES for key, cell in _cells(rate, getattr(row, rate))},
            "images": row.images,
            "patients": row.patients,
        }
        for name, row in zip(names, evaluation.classes, strict=True)
    ]
    rows += [
        {
            "class": name,
            **dict(_cells(RATES[0], getattr(evaluation, name))),
            "images": evaluation.images,
            "patients": evaluation.patients,
        }
        for name in sorted(OVERALL)
    ]
    columns = [f"{rate}{end}" for rate in RATES for end in _ENDS]
    return pd.DataFrame(rows, columns=["class", *columns, "images", "patients"])


def overall(evaluation: Evaluation) -> pd.DataFrame:
    """Return the overall figures: columns metric, value, low, high, all in [0, 1]."""
    return pd.DataFrame(
        [
            {"metric": name, "value": metric.value, "low": metric.low, "high": metric.high}
            for name in OVERALL
            for metric in [getattr(evaluation, name)]
        ]
    )


def folds(run: Run) -> pd.DataFrame:
    """Return a row per fold of a cross-validation, numbered from 1; empty without folds."""
    rows = [
        {
            "fold": number,
            **dict(_cells("balanced_accuracy", measured.balanced_accuracy)),
            **dict(_cells("macro_f1", measured.macro_f1)),
            "images": measured.images,
            "patients": measured.patients,
        }
        for number, measured in enumerate(evaluations.folds(run), start=1)
    ]
    return pd.DataFrame(rows)


def _cells(name: str, metric: Metric | None) -> list[tuple[str, float | None]]:
    """Return a metric as three cells: its value and the ends of its interval."""
    values = (None,) * 3 if metric is None else (metric.value, metric.low, metric.high)
    return [(f"{name}{end}", value) for end, value in zip(_ENDS, values, strict=True)]
