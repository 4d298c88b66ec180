"""Measured values one below the other, each with its 95 % interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from core.types import Metric
from dashboard.ui.shared import amounts, charts
from dashboard.ui.shared.charts import Chart

FRAME = 70
"""Pixels of the axis and its title."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One value of the chart."""

    name: str
    metric: Metric
    strong: bool = False
    colour: str = ""
    """Of a class; empty: that of the theme."""
    key: int | str | None = None
    """What a click on it selects."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands around the chart."""

    title: str
    caption: str
    summary: str
    axis: str
    name: str


def chart(rows: Sequence[Row], words: Words, *, differences: bool = False) -> Chart:
    """Return dots with intervals, the first row on top.

    Shares stand on an axis from 0 to 100 %; `differences` stand around a line at 0, in points.
    """
    factor = 100.0 if differences else 1.0
    figure = charts.figure(
        [_dots(rows, factor, differences=differences)],
        height=FRAME + charts.ROW_HEIGHT * max(len(rows), 1),
        keep=words.name,
        xaxis=_axis(words.axis, differences=differences),
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
    )
    if differences:
        figure.add_vline(x=0, line_color=charts.EDGE, line_width=1)
    return Chart(
        figure=figure,
        title=words.title,
        caption=words.caption,
        summary=words.summary,
        table=_table(rows, words.axis),
        name=words.name,
    )


def _dots(rows: Sequence[Row], factor: float, *, differences: bool) -> go.Scatter:
    values = [factor * row.metric.value for row in rows]
    hover = "%{x:+.1f}" if differences else "%{x:.1%}"
    return go.Scatter(
        x=values,
        y=[charts.escaped(row.name) for row in rows],
        customdata=[row.key for row in rows],
        mode="markers",
        marker={
            "size": 10,
            "color": [
                row.colour or (charts.ACCENT if row.strong else charts.QUIET) for row in rows
            ],
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [factor * row.metric.high - x for row, x in zip(rows, values, strict=True)],
            "arrayminus": [
                x - factor * row.metric.low for row, x in zip(rows, values, strict=True)
            ],
            "color": charts.QUIET,
            "thickness": 1.5,
            "width": 4,
        },
        text=[_interval(row.metric, differences=differences) for row in rows],
        hovertemplate=f"%{{y}}: {hover} (%{{text}})<extra></extra>",
    )


def _interval(metric: Metric, *, differences: bool) -> str:
    if differences:
        return f"{100 * metric.low:+.1f} to {100 * metric.high:+.1f}"
    return amounts.interval(metric)


def _axis(title: str, *, differences: bool) -> dict[str, object]:
    if differences:
        return {"title": title}
    return {"title": title, "range": [0, 1], "tickformat": ".0%"}


def _table(rows: Sequence[Row], axis: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(row.name, row.metric.value, row.metric.low, row.metric.high) for row in rows],
        columns=["", axis, "low", "high"],
    )
