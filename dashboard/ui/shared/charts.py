"""Charts as Plotly figures: one template, colours of the theme, a sentence and a table behind each.

Colours are names such as `INK`: the browser puts in those of the light or the dark theme.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from core.types import ClassInfo

INK = "var(--mpx-ink)"
QUIET = "var(--mpx-quiet)"
LINE = "var(--mpx-line)"
EDGE = "var(--mpx-edge)"
PAPER = "var(--mpx-paper)"
ACCENT = "var(--mpx-accent)"
CLEAR = "rgba(0,0,0,0)"
FONT = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"
HEIGHT = 260
"""Pixels of a chart, unless its rows need more."""
ROW_HEIGHT = 34
LONGEST_LABEL = 20
"""Characters of a class name beside its bar: more leave no room for bars on a telephone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chart:
    """A figure with the words around it."""

    figure: go.Figure
    """Made by `figure()`, so that template, height and selection are set."""
    title: str
    """The finding, or the question that it answers."""
    caption: str
    """n, and what intervals and marks mean."""
    summary: str
    """A sentence for who cannot see the figure."""
    table: pd.DataFrame
    """The drawn numbers under the names and units of the axes."""
    name: str = "chart"
    """Of the files that are saved, without suffix."""


def figure(
    traces: Sequence[go.Scatter | go.Bar | go.Scattergl],
    *,
    height: int = HEIGHT,
    keep: str = "chart",
    **layout: object,
) -> go.Figure:
    """Return a figure in our template; `layout` holds `xaxis_title` and the like.

    Zoom and hidden traces stay through updates as long as `keep` is the same.
    """
    made = go.Figure(data=list(traces), layout={"template": template()})
    made.update_layout(height=height, uirevision=keep, **layout)
    return made


def escaped(text: object) -> str:
    """Return text for titles, ticks and hover: Plotly reads a few tags in them."""
    return html.escape(str(text), quote=False)


def class_label(info: ClassInfo) -> str:
    """Return code and name of a class for an axis; long names end in dots, hover has them whole."""
    name = info.name if len(info.name) <= LONGEST_LABEL else info.name[: LONGEST_LABEL - 1] + "…"
    return escaped(f"{info.code} {name}")


def template() -> go.layout.Template:
    """Return the look that all figures share."""
    axis = {
        "automargin": True,
        "gridcolor": LINE,
        "linecolor": EDGE,
        "tickcolor": EDGE,
        "tickfont": {"color": QUIET, "size": 12},
        "title": {"font": {"color": QUIET, "size": 12}, "standoff": 8},
        "zeroline": False,
        "zerolinecolor": EDGE,
    }
    return go.layout.Template(
        layout={
            "autosize": True,
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "colorway": [ACCENT, QUIET],
            "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            "hoverlabel": {
                "bgcolor": PAPER,
                "bordercolor": EDGE,
                "font": {"family": FONT, "size": 13, "color": INK},
            },
            "dragmode": "zoom",
            "modebar": {"bgcolor": CLEAR, "color": QUIET, "activecolor": INK},
            "activeselection": {"fillcolor": ACCENT, "opacity": 0.08},
            "newselection": {"line": {"color": INK, "width": 1.5, "dash": "dot"}},
        }
    )
