"""Numbers, times and counts as people read them."""

import math
from datetime import datetime

NBSP = "\u00a0"
SIGNIFICANT_DIGITS = 3
FEW = 10
"""Below this many images a number is greyed: one image moves it by more than ten points."""


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal, "81.3 %"."""
    return f"{100 * share:.1f}{NBSP}%"


def number(value: float) -> str:
    """Return a number with three significant digits and no exponent where that reads well."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -SIGNIFICANT_DIGITS - 1:
        return f"{value:.2g}"
    digits = max(0, SIGNIFICANT_DIGITS - 1 - magnitude)
    return f"{value:,.{digits}f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return "1 image" or "2,130 images"."""
    return f"{n:,}{NBSP}{one if n == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a time as a person says it: "8 s", "2 min 10 s", "1 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}{NBSP}s"
    if whole < 3600:
        rest = f" {whole % 60}{NBSP}s" if whole % 60 else ""
        return f"{whole // 60}{NBSP}min{rest}"
    minutes = whole % 3600 // 60
    return f"{whole // 3600}{NBSP}h" + (f" {minutes}{NBSP}min" if minutes else "")


def interval(low: float, high: float) -> str:
    """Return an interval of a share in percent, "74.0–87.2"."""
    return f"{100 * low:.1f}–{100 * high:.1f}"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, with its sign: "+3.4" or "−0.8"."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def points_interval(low: float, high: float) -> str:
    """Return an interval of a difference in percentage points, "−0.8 to +7.6"."""
    return f"{points(low)} to {points(high)}"


def moment(when: datetime) -> str:
    """Return a moment as this machine's clock tells it: "26 Nov 2026, 04:38"."""
    local = when.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"
