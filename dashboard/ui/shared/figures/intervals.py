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
AXIS = {"range": [-0.03, 1.03], "tick0": 0, "dtick": 0.25, "tickformat": ".0%"}
"""From 0 to 100 %, with room at both ends: a dot there would be cut in half."""


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


def chart(rows: Sequence[Row], words: Words) -> Chart:
    """Return shares as dots with intervals on an axis from 0 to 100 %, the first row on top."""
    figure = charts.figure(
        [_dots(rows)],
        height=FRAME + charts.ROW_HEIGHT * max(len(rows), 1),
        keep=words.name,
        xaxis={"title": words.axis, **AXIS},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
    )
    return Chart(
        figure=figure,
        title=words.title,
        caption=words.caption,
        summary=words.summary,
        table=_table(rows, words.axis),
        name=words.name,
    )


def _dots(rows: Sequence[Row]) -> go.Scatter:
    values = [row.metric.value for row in rows]
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
            "array": [row.metric.high - x for row, x in zip(rows, values, strict=True)],
            "arrayminus": [x - row.metric.low for row, x in zip(rows, values, strict=True)],
            "color": charts.QUIET,
            "thickness": 1.5,
            "width": 4,
        },
        text=[amounts.interval(row.metric.low, row.metric.high) for row in rows],
        hovertemplate="%{y}: %{x:.1%} (%{text})<extra></extra>",
    )


def _table(rows: Sequence[Row], axis: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(row.name, row.metric.value, row.metric.low, row.metric.high) for row in rows],
        columns=["", axis, "low", "high"],
    )
