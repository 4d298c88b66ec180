"""Words, numbers and small pieces of HTML that every panel shares; everything is escaped here."""

import html
import math
from collections.abc import Mapping
from datetime import datetime

from core.types import ClassInfo, Metric

NBSP = "\u00a0"
SIGNIFICANT_DIGITS = 3
FEW = 10
"""Below this many images a number is greyed: one image moves it by more than ten points."""


def text(value: object) -> str:
    """Return the value as text that is safe between tags and inside quoted attributes."""
    return html.escape(str(value), quote=True)


def attributes(values: Mapping[str, object]) -> str:
    """Return ` name="value"` for each entry that is neither None nor False; True stands alone."""
    parts = []
    for name, value in values.items():
        if value is True:
            parts.append(f" {name}")
        elif value is not None and value is not False:
            parts.append(f' {name}="{text(value)}"')
    return "".join(parts)


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


def interval(metric: Metric) -> str:
    """Return the 95 % interval alone: "74.0–87.2"."""
    return f"{100 * metric.low:.1f}–{100 * metric.high:.1f}"


def metric(value: Metric | None) -> str:
    """Return a metric with its interval as HTML; a dash where it is undefined."""
    if value is None:
        return '<span class="none" title="not defined: nothing to divide by">–</span>'
    return (
        f'<span class="value">{percent(value.value)}</span> '
        f'<span class="interval">{interval(value)}</span>'
    )


def chip(info: ClassInfo) -> str:
    """Return a class as colour, code and name, so that colour is never the only sign."""
    return (
        f'<span class="chip"><i style="background:{text(info.colour)}"></i>'
        f"<b>{text(info.code)}</b> <span>{text(info.name)}</span></span>"
    )


def button(label: str, action: str, *, primary: bool = False, **data: object) -> str:
    """Return a button that the panel reports as `action` with its `data-` values.

    Three keys are special: `testid`, `confirm` (a question asked first) and `disabled`.
    """
    special = {
        "class": "button primary" if primary else "button",
        "data-testid": data.pop("testid", None),
        "disabled": data.pop("disabled", None),
    }
    values = {f"data-{key.replace('_', '-')}": value for key, value in data.items()}
    return (
        f'<button type="button" data-do="{text(action)}"{attributes(special)}{attributes(values)}>'
        f"{text(label)}</button>"
    )


SIGNS = {"good": ("✓", "Good"), "bad": ("✕", "Attention"), "note": ("i", "Note")}


def moment(when: datetime) -> str:
    """Return a moment as this machine's clock tells it: "26 Nov 2026, 04:38"."""
    local = when.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def notice(kind: str, sentence: str, more: str = "", *, testid: str = "") -> str:
    """Return a line with a sign and a word, so that its colour is never the only sign.

    `sentence` is text and gets escaped; `more` is HTML made by this package.
    """
    sign, word = SIGNS[kind]
    role = "alert" if kind == "bad" else "status"
    return (
        f'<div class="notice {kind}" role="{role}"{attributes({"data-testid": testid or None})}>'
        f'<span class="sign" aria-label="{word}">{sign}</span><div><p>{text(sentence)}</p>{more}'
        "</div></div>"
    )


def empty(sentence: str, action: str, *, testid: str) -> str:
    """Return an empty state: one sentence, one thing to do (HTML of a button or link)."""
    return f'<div class="empty" data-testid="{text(testid)}"><p>{text(sentence)}</p>{action}</div>'


def go_to(label: str, tab: str, *, primary: bool = True) -> str:
    """Return a button that opens another tab."""
    kind = "button primary" if primary else "button"
    return f'<button type="button" class="{kind}" data-tab="{text(tab)}">{text(label)}</button>'
