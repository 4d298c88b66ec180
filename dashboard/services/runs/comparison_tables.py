"""Two runs side by side as tables: scores, settings, samples."""

from collections.abc import Mapping

import pandas as pd

from core.types import ClassId, Metric
from dashboard.services.runs.run_comparison import RunDifference

NO_LABEL, REMOVED_CLASS, POOL = "no label", "a removed class", "pool"


def metrics(difference: RunDifference) -> pd.DataFrame:
    """Return a row per metric: value, low and high of both runs, 0 to 1."""
    rows = [
        (pair.name, *_interval(pair.before), *_interval(pair.after)) for pair in difference.metrics
    ]
    columns = ["metric", "before", "before_low", "before_high", "after", "after_low", "after_high"]
    return pd.DataFrame(rows, columns=columns)


def changes(difference: RunDifference) -> pd.DataFrame:
    """Return a row per setting, part of the machine or package that differs."""
    rows = [
        (kind, change.name, change.before, change.after)
        for kind, listed in (("setting", difference.settings), ("machine", difference.versions))
        for change in listed
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "before", "after"], dtype=object)


def samples(difference: RunDifference, names: Mapping[ClassId, str]) -> pd.DataFrame:
    """Return a row per sample that differs; none where the samples cannot be compared."""

    def label(class_id: ClassId | None) -> str:
        return NO_LABEL if class_id is None else names.get(class_id, REMOVED_CLASS)

    data, rows = difference.data, []
    if data is not None:
        rows = [(sample, "added", "", "") for sample in data.added]
        rows += [(sample, "removed", "", "") for sample in data.removed]
        rows += [
            (change.sample, "relabelled", label(change.before), label(change.after))
            for change in data.relabelled
        ]
        rows += [
            (
                change.sample,
                "on another side of the split",
                change.before or POOL,
                change.after or POOL,
            )
            for change in data.moved
        ]
    table = pd.DataFrame(rows, columns=["file", "what", "before", "after"])
    return table.assign(file=[difference.files.get(row[0], row[0]) for row in rows])


def _interval(metric: Metric | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if metric is None else (metric.value, metric.low, metric.high)
