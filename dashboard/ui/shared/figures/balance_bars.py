"""What an epoch shows of each class, before and after balancing, as bars from 0."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from core.types import ClassInfo
from dashboard.ui.shared import charts
from dashboard.ui.shared.charts import Chart

FRAME = 84
"""Pixels of axis and legend."""
ROW = 46
ROOM, ROOM_FOR_NOTES = 1.2, 1.8
"""The axis is so much longer than the longest bar: its number, and a note, stand behind it."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One class."""

    info: ClassInfo
    before: int
    """Images once each."""
    after: int
    """Images that one epoch shows."""
    note: str = ""
    """What stands behind the number: how often each is shown, or its weight in the loss."""


def chart(bars: Sequence[Bar], *, unit: str, caption: str) -> Chart:
    """Return two bars for each class; `unit` is what they count ("training images")."""
    most = max((max(bar.before, bar.after) for bar in bars), default=0) or 1
    room = ROOM_FOR_NOTES if any(bar.note for bar in bars) else ROOM
    figure = charts.figure(
        [_bars(bars, after=False), _bars(bars, after=True)],
        height=FRAME + ROW * len(bars),
        barmode="group",
        bargap=0.3,
        bargroupgap=0.05,
        showlegend=True,
        legend={"itemclick": False, "itemdoubleclick": False},
        xaxis={"title": {"text": unit}, "range": [0, most * room], "tickformat": ",d"},
        yaxis={
            "autorange": "reversed",
            "type": "category",
            "showgrid": False,
            "ticklabelstandoff": 6,
        },
    )
    return Chart(
        figure=figure,
        title="What would an epoch show?",
        caption=caption,
        summary=f"{unit.capitalize()} before balancing and in one epoch: {_summary(bars)}.",
        table=pd.DataFrame(
            [(bar.info.name, bar.before, bar.after, bar.note) for bar in bars],
            columns=["class", f"{unit}, before", f"{unit} in one epoch, after", "note"],
        ),
        name="balance",
    )


def _bars(bars: Sequence[Bar], *, after: bool) -> go.Bar:
    values = [bar.after if after else bar.before for bar in bars]
    words = [f"{bar.after:,} {bar.note}".strip() if after else f"{bar.before:,}" for bar in bars]
    colours = [bar.info.colour for bar in bars]
    return go.Bar(
        orientation="h",
        x=values,
        y=[charts.class_label(bar.info) for bar in bars],
        name="After, in one epoch" if after else "Before",
        text=[charts.escaped(word) for word in words],
        textposition="outside",
        textfont={"size": 12, "color": charts.INK if after else charts.QUIET},
        cliponaxis=False,
        marker={
            "color": colours if after else charts.CLEAR,
            "line": {"color": charts.EDGE if after else colours, "width": 1 if after else 1.5},
        },
        hovertext=[charts.escaped(f"{bar.info.name}: {word}") for bar, word in _pairs(bars, words)],
        hoverinfo="text",
    )


def _pairs(bars: Sequence[Bar], words: Sequence[str]) -> list[tuple[Bar, str]]:
    return list(zip(bars, words, strict=True))


def _summary(bars: Sequence[Bar]) -> str:
    return (
        ", ".join(f"{bar.info.name} {bar.before:,} and {bar.after:,}" for bar in bars) or "no class"
    )
