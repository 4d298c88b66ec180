"""A reproduced protocol as a table: as published, by patient, the difference, what is printed."""

import pandas as pd

from core.evaluation import intervals
from core.types import ClassMetrics, Metric
from dashboard.services.runs.protocol import Compared

OVERALL = ("accuracy", "balanced_accuracy", "macro_f1")
RATES = ("precision", "recall", "f1")
_ENDS = ("", "_low", "_high")


def overall(compared: Compared) -> pd.DataFrame:
    """Return a row per overall figure.

    Columns: metric; published, by_patient and difference (published minus by patient), each with
    the ends of its 95 % interval (`_low`, `_high`); printed. All are shares in [0, 1].
    """
    quoted = None if compared.printed is None else compared.printed.accuracy
    return pd.DataFrame(
        [
            {
                "metric": name,
                **_row(
                    getattr(compared.published.test, name),
                    getattr(compared.honest.test, name),
                    quoted if name == "accuracy" else None,
                ),
            }
            for name in OVERALL
        ]
    )


def by_class(compared: Compared) -> pd.DataFrame:
    """Return a row per class and rate: class, metric, the columns of `overall`, then counts.

    The counts are images and patients of the class in both tests.
    """
    rows = []
    for at, name in enumerate(compared.names):
        published = compared.published.test.classes[at]
        honest = compared.honest.test.classes[at]
        printed = (None,) * 3 if compared.printed is None else compared.printed.rates.get(name)
        for rate, quoted in zip(RATES, printed or (None,) * 3, strict=True):
            shares = _row(getattr(published, rate), getattr(honest, rate), quoted)
            rows.append({"class": name, "metric": rate, **shares, **_counts(published, honest)})
    return pd.DataFrame(rows)


def _row(
    published: Metric | None, honest: Metric | None, printed: float | None
) -> dict[str, float | None]:
    gap = intervals.difference(published, honest) if published and honest else None
    cells = {"published": published, "by_patient": honest, "difference": gap}
    return {
        f"{name}{end}": value
        for name, metric in cells.items()
        for end, value in zip(_ENDS, _values(metric), strict=True)
    } | {"printed": printed}


def _values(metric: Metric | None) -> tuple[float | None, ...]:
    return (None,) * 3 if metric is None else (metric.value, metric.low, metric.high)


def _counts(published: ClassMetrics, honest: ClassMetrics) -> dict[str, int]:
    return {
        "images_published": published.images,
        "patients_published": published.patients,
        "images_by_patient": honest.images,
        "patients_by_patient": honest.patients,
    }
