"""Cells of a table as people read them, for pandas' `Styler.format`; NaN is left to `na_rep`."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from dashboard.ui.shared import amounts

MISSING = "–"


def percent(cell: Any) -> str:
    """Return a share as a percentage."""
    return amounts.percent(float(cell))


def points(cell: Any) -> str:
    """Return a difference of shares in points, with its sign."""
    return amounts.points(float(cell))


def duration(cell: Any) -> str:
    """Return seconds as a person says them."""
    return amounts.duration(float(cell))


def intervals(low: Iterable[float], high: Iterable[float], *, signed: bool = False) -> list[str]:
    """Return "60.0–80.0" per row, empty where there is no interval."""
    written = amounts.points_interval if signed else amounts.interval
    ends = zip(low, high, strict=True)
    return ["" if pd.isna(start) else written(start, end) for start, end in ends]
