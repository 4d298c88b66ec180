"""The map: every photograph a point, similar ones together, coloured by what is known of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.types import ClassInfo, Status
from dashboard.ui.shared import amounts, charts
from dashboard.ui.shared.charts import Chart

GRID = 1000
"""Positions are whole numbers 0 .. 999, x to the right and y downwards."""
EDGE_SHARE = 0.02
MANY = 2000
"""Points from which on the graphics processor draws them, small and all of one shape."""
HEIGHT = 400
PLAIN = "#8a94a0"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "pentagon", "star")

COLOUR_BY = {
    "label": "Label",
    "predicted": "What the model predicts",
    "suspected": "Needs a look",
    "status": "Decision",
}
STATUS = {
    Status.NEW: ("Not looked at", PLAIN),
    Status.KEPT: ("Kept", "#009e73"),
    Status.RELABELLED: ("Relabelled", "#3f4bc0"),
    Status.UNSURE: ("Not sure", "#e69f00"),
    Status.EXCLUDED: ("Excluded", "#d55e00"),
}
SUSPECTED = {True: ("Needs a look", "#d55e00"), False: ("Nothing suspected", PLAIN)}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Points of one colour."""

    name: str
    colour: str


def chart(
    points: pd.DataFrame, classes: Sequence[ClassInfo], *, by: str = "label", blind: bool = False
) -> Chart:
    """Return the map of `points`, one row each: sample, file, x, y, label, predicted, status,
    suspected (as `services.queues.embedding_map.table` returns them).

    `by` is a key of `COLOUR_BY`. A click selects the sample, a lasso its corners. `blind` leaves
    out file names, labels and predictions, for who is to decide without them.
    """
    if blind:
        by = "status"
    groups = _groups(by, classes)
    keys = points[by].astype(object).where(points[by].notna(), None)
    order = keys.value_counts(dropna=False)
    words = None if blind else _words(points, classes)
    traces = [
        _trace(points[_equal(keys, key)], groups(key), place, words, many=len(points) > MANY)
        for place, key in enumerate(order.index)
    ]
    counts = pd.DataFrame(
        [(groups(key).name, number) for key, number in order.items()],
        columns=[COLOUR_BY[by], "photographs"],
    )
    return Chart(
        figure=_figure(traces, by),
        title="Which photographs look alike to the network?",
        caption=f"n = {amounts.count(len(points), 'photograph')}; those that lie together look "
        "alike to the network. The axes have no unit. Click a point to see its photograph, draw "
        "a lasso or a box to open those within.",
        summary=_summary(counts, by),
        table=counts,
        name="map",
    )


def _figure(traces: Sequence[go.Scatter | go.Scattergl], by: str) -> go.Figure:
    margin = GRID * EDGE_SHARE
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    return charts.figure(
        traces,
        height=HEIGHT,
        keep=by,
        dragmode="lasso",
        hovermode="closest",
        showlegend=True,
        legend={"itemsizing": "constant"},
        xaxis={**axis, "range": [-margin, GRID + margin]},
        yaxis={**axis, "range": [GRID + margin, -margin]},
    )


def _trace(
    points: pd.DataFrame,
    group: Group,
    place: int,
    words: "pd.Series[str] | None",
    *,
    many: bool,
) -> go.Scatter | go.Scattergl:
    kind = go.Scattergl if many else go.Scatter
    return kind(
        x=points["x"].to_numpy("int16"),
        y=points["y"].to_numpy("int16"),
        customdata=points["sample"].to_numpy(object),
        text=None if words is None else words[points.index].to_numpy(object),
        mode="markers",
        name=f"{charts.escaped(group.name)} {len(points):,}",
        marker={
            "color": group.colour,
            "size": 4 if many else 7,
            "opacity": 0.82,
            "symbol": "circle" if many else SYMBOLS[place % len(SYMBOLS)],
        },
        hoverinfo="none",
    )


def _equal(keys: "pd.Series[Any]", key: Any) -> "pd.Series[bool]":
    return keys.isna() if key is None or key != key else keys == key


def _groups(by: str, classes: Sequence[ClassInfo]) -> Callable[[Any], Group]:
    """Return what turns a value of the column `by` into name and colour."""
    groups = {
        info.id: Group(name=f"{info.code} {info.name}", colour=info.colour) for info in classes
    }
    nothing = Group(name="No label" if by == "label" else "Not predicted", colour=PLAIN)

    def group(key: Any) -> Group:
        if by == "status":
            name, colour = STATUS[Status(key)]
            return Group(name=name, colour=colour)
        if by == "suspected":
            name, colour = SUSPECTED[bool(key)]
            return Group(name=name, colour=colour)
        return groups.get(key, nothing)

    return group


def _words(points: pd.DataFrame, classes: Sequence[ClassInfo]) -> "pd.Series[str]":
    """Return what is shown beside a point: its file, label, decision and prediction."""
    names = {info.id: info.name for info in classes}
    label = points["label"].map(names).fillna("No label")
    status = points["status"].map({status.value: name for status, (name, _) in STATUS.items()})
    predicted = " · model: " + points["predicted"].map(names)
    return points["file"] + "\n" + label + " · " + status + predicted.fillna("")


def _summary(counts: pd.DataFrame, by: str) -> str:
    parts = ", ".join(f"{name}: {number:,}" for name, number in counts.itertuples(index=False))
    return (
        f"A map of photographs by their similarity, coloured by {COLOUR_BY[by].lower()}. {parts}."
    )
