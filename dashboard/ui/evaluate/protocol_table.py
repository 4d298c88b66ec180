"""The tables of a reproduced protocol for the screen."""

import pandas as pd
from pandas.io.formats.style import Styler

from dashboard.ui.evaluate.report_tables import GREY
from dashboard.ui.shared import amounts, words

NAMES = {
    **words.METRICS,
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
HEADS = {"published": "As published", "by_patient": "By patient", "difference": "Difference"}


def overall(table: pd.DataFrame) -> Styler:
    """Return the table of `protocol_tables.overall` for the screen."""
    return _shown(table, {"Metric": table["metric"].map(NAMES)}).style


def by_class(table: pd.DataFrame) -> Styler:
    """Return the table of `protocol_tables.by_class` for the screen, rare classes in grey."""
    heads = {
        "Class": table["class"],
        "Metric": table["metric"].map(NAMES),
        "Images": [
            f"{published:,} / {honest:,}"
            for published, honest in zip(
                table["images_published"], table["images_by_patient"], strict=True
            )
        ],
    }
    shown = _shown(table, heads)
    few = table["images_by_patient"] < amounts.FEW
    return shown.style.apply(lambda row: [GREY if few[row.name] else ""] * len(row), axis=1)


def _shown(table: pd.DataFrame, heads: dict[str, object]) -> pd.DataFrame:
    shown = pd.DataFrame(heads)
    for name, head in HEADS.items():
        ends = zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        shown[head] = [_cell(name, *cells) for cells in ends]
    if table["printed"].notna().any():
        shown["Printed"] = ["" if pd.isna(share) else f"{share:.2f}" for share in table["printed"]]
    return shown


def _cell(name: str, value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    if name == "difference":
        return f"{amounts.points(value)}  {amounts.points_interval(low, high)}"
    return f"{amounts.percent(value)}  {amounts.interval(low, high)}"
