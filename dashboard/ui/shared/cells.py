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
    return f"{100 * float(cell):+.1f}"


def duration(cell: Any) -> str:
    """Return seconds as a person says them."""
    return amounts.duration(float(cell))


def intervals(low: Iterable[float], high: Iterable[float], *, signed: bool = False) -> list[str]:
    """Return "60.0–80.0" per row, empty where there is no interval."""
    return [
        "" if pd.isna(start) else _interval(100 * start, 100 * end, signed=signed)
        for start, end in zip(low, high, strict=True)
    ]


def _interval(low: float, high: float, *, signed: bool) -> str:
    return f"{low:+.1f} to {high:+.1f}" if signed else f"{low:.1f}–{high:.1f}"
