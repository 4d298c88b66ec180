"""Tables of an evaluation for the screen: shares with intervals that still sort as numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from core.types import ClassInfo
from dashboard.services.evaluation import tables
from dashboard.ui.shared import amounts, cells, words

MEANINGS = {
    "balanced_accuracy": "mean recall of the classes",
    "macro_f1": "mean F1 of the classes",
    "accuracy": "share of all images; hides rare classes",
}
GREY = "color: var(--body-text-color-subdued)"


def overall(table: pd.DataFrame) -> Styler:
    """Return the table of `tables.overall` for the screen."""
    shown = pd.DataFrame(
        {
            "Metric": table["metric"].map(words.METRICS),
            "Value": table["value"],
            "95 % interval": cells.intervals(table["low"], table["high"]),
            "Meaning": table["metric"].map(MEANINGS),
        }
    )
    return shown.style.format({"Value": cells.percent})


def report(table: pd.DataFrame, classes: Sequence[ClassInfo]) -> Styler:
    """Return the classes of the table of `tables.report`; fewer than ten images are greyed."""
    rows = table.head(len(classes))
    shown = pd.DataFrame(
        {
            "Class": [f"{info.code} {info.name}" for info in classes],
            **{
                head: rows[rate]
                for head, rate in zip(("Precision", "Recall", "F1"), tables.RATES, strict=True)
            },
            "Images": rows["images"],
            "Patients": rows["patients"],
        }
    )
    return _with_intervals(shown, rows, {"Precision": "precision", "Recall": "recall", "F1": "f1"})


def folds(table: pd.DataFrame) -> Styler:
    """Return the table of `tables.folds` for the screen."""
    heads = {words.METRICS[name]: name for name in ("balanced_accuracy", "macro_f1")}
    if table.empty:
        return pd.DataFrame(columns=["Fold", *heads, "Images", "Patients"]).style
    shown = pd.DataFrame(
        {
            "Fold": table["fold"],
            **{head: table[name] for head, name in heads.items()},
            "Images": table["images"],
            "Patients": table["patients"],
        }
    )
    return _with_intervals(shown, table, heads)


def _with_intervals(shown: pd.DataFrame, table: pd.DataFrame, heads: dict[str, str]) -> Styler:
    """Return a styled table whose cells show a share with its interval and hold the share."""
    styled = shown.style.apply(_grey_few, axis=1)
    for head, name in heads.items():
        for at in range(len(shown)):
            low, high = table[f"{name}_low"].iloc[at], table[f"{name}_high"].iloc[at]
            styled = styled.format(
                _written(low, high),
                subset=(shown.index[at], head),
            )
    return styled


def _grey_few(row: Any) -> list[str]:
    return [GREY if row["Images"] < amounts.FEW else ""] * len(row)


def _written(low: float, high: float) -> Callable[[Any], str]:
    """Return what writes a share with this interval."""
    interval = amounts.interval(low, high)
    return lambda share: cells.MISSING if pd.isna(share) else f"{cells.percent(share)}  {interval}"
