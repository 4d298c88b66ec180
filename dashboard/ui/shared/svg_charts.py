"""Charts as SVG and HTML of our own: no flicker, text that stays text, colours of the theme."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

WIDTH = 100.0
HEIGHT = 100.0
APART = 18.0
"""Least distance of two labels at lines' ends, as a percentage of the height."""
LOWEST = 92.0
NUMBER_WIDTH = 4
NOTE_WIDTH = 10.5
"""Room in em beside the longest bar for its number, and for a note behind that."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line of a chart."""

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class Axes:
    """The frame of a chart; the value axis starts at 0."""

    title: str
    caption: str
    x_label: str
    x_max: float
    y_max: float
    percent: bool = False
    mark: float | None = None
    """A position on the x axis that gets a vertical line (the best epoch)."""


def nice_maximum(largest: float) -> float:
    """Return the next round number at or above `largest`: 1, 2, 2.5 or 5 times a power of ten."""
    if largest <= 0 or not math.isfinite(largest):
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= largest * 0.999999)


def lines(axes: Axes, series: Sequence[Series]) -> str:
    """Return a line chart with labels at the lines' ends."""
    y_labels = "".join(
        f'<span style="bottom:{100 * share:.0f}%">{_tick(axes.y_max * share, axes)}</span>'
        for share in _grid(axes)
    )
    return (
        f'<figure class="chart"><h4>{text(axes.title)}</h4><div class="plot">'
        f'<div class="y">{y_labels}</div><div class="area">{_svg(axes, series)}'
        f"{_end_labels(axes, series)}</div></div>"
        f'<div class="x"><span>0</span><span>{text(axes.x_label)}</span>'
        f"<span>{axes.x_max:g}</span></div><figcaption>{text(axes.caption)}</figcaption></figure>"
    )


def _grid(axes: Axes) -> list[float]:
    """Return where the horizontal lines stand, as shares of the height, at round values."""
    mantissa = axes.y_max / 10.0 ** math.floor(math.log10(axes.y_max) + 1e-9)
    steps = 5 if round(mantissa, 2) in (2.5, 5.0) else 4
    return [i / steps for i in range(steps + 1)]


def _tick(value: float, axes: Axes) -> str:
    return f"{100 * value:.0f}{markup.NBSP}%" if axes.percent else f"{value:.3g}"


def _place(axes: Axes, point: tuple[float, float]) -> tuple[float, float]:
    x = WIDTH * point[0] / axes.x_max if axes.x_max else 0.0
    y = HEIGHT * (1 - min(point[1] / axes.y_max, 1.0)) if axes.y_max else HEIGHT
    return x, y


def _svg(axes: Axes, series: Sequence[Series]) -> str:
    grid = "".join(
        f'<line class="grid" x1="0" x2="100" y1="{100 - 100 * share:g}" '
        f'y2="{100 - 100 * share:g}"/>'
        for share in _grid(axes)[1:]
    )
    mark = ""
    if axes.mark is not None and axes.x_max:
        x = WIDTH * axes.mark / axes.x_max
        mark = f'<line class="mark" x1="{x:.2f}" x2="{x:.2f}" y1="0" y2="100"/>'
    paths = "".join(_path(axes, item) for item in series if item.points)
    return (
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'{grid}<line class="axis" x1="0" x2="100" y1="100" y2="100"/>{mark}{paths}</svg>'
    )


def _classes(series: Series) -> str:
    return " ".join(
        name
        for name, on in (("line", True), ("dashed", series.dashed), ("soft", series.quiet))
        if on
    )


def _path(axes: Axes, series: Series) -> str:
    places = (_place(axes, point) for point in series.points)
    along = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    return f'<polyline class="{_classes(series)}" points="{along}"/>'


def _end_labels(axes: Axes, series: Sequence[Series]) -> str:
    """Return dots and names at the lines' ends, moved apart where they would collide."""
    drawn = [item for item in series if item.points]
    ends = sorted((_place(axes, item.points[-1])[1], i) for i, item in enumerate(drawn))
    tops: dict[int, float] = {}
    lowest = -APART
    for y, index in ends:
        lowest = max(y, lowest + APART)
        tops[index] = lowest
    lift = max(0.0, lowest - LOWEST)
    parts = []
    for index, item in enumerate(drawn):
        x, y = _place(axes, item.points[-1])
        kind = _classes(item)
        parts.append(
            f'<i class="dot {kind}" style="left:{x:.2f}%;top:{y:.2f}%"></i>'
            f'<span class="end {kind}" style="left:{x:.2f}%;top:{tops[index] - lift:.2f}%">'
            f"{text(item.name)} <b>{_value(item.points[-1][1], axes)}</b></span>"
        )
    return "".join(parts)


def _value(value: float, axes: Axes) -> str:
    return markup.percent(value) if axes.percent else markup.number(value)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One class before and after balancing."""

    label: str
    """HTML of the class."""
    colour: str
    before: int
    after: int
    note: str
    """What stands beside the number: patients, weight in the loss."""


def balance_bars(bars: Sequence[Bar], *, unit: str) -> str:
    """Return the classes' training images before (A) and after (B) balancing, on one scale."""
    largest = max((max(bar.before, bar.after) for bar in bars), default=0) or 1
    room = NOTE_WIDTH if any(bar.note for bar in bars) else NUMBER_WIDTH
    rows = "".join(
        f'<div class="name">{bar.label}</div>{_bar(bar.before / largest, bar, room)}'
        f"{_bar(bar.after / largest, bar, room, after=True)}"
        for bar in bars
    )
    return (
        '<div class="bars" data-testid="balance-bars"><h4></h4>'
        f"<h4>A · Before: {text(unit)}</h4><h4>B · After, in one epoch</h4>{rows}</div>"
    )


def _bar(share: float, bar: Bar, room: float, *, after: bool = False) -> str:
    """Return one bar; `room` stays free beside it, the same in both columns."""
    value = bar.after if after else bar.before
    extra = f' <small class="quiet">{text(bar.note)}</small>' if after and bar.note else ""
    return (
        f'<div class="bar" style="--room:{room}em"><i style="--share:{share:.4f};'
        f'background:{text(bar.colour)}"></i><span>{value:,}{extra}</span></div>'
    )
