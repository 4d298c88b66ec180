"""The stages of a network from photograph to classes: which are frozen, which are trained."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.services.runs.preflight import StagePlan
from dashboard.ui.shared import amounts, charts
from dashboard.ui.shared.charts import Chart

FRAME = 90
"""Pixels of axis and legend."""
ROOM = 1.3
"""Times the longest bar: its label stands behind it."""


def chart(stages: Sequence[StagePlan], network: str) -> Chart:
    """Return the parameters of each stage as bars, frozen ones hatched; the input is on top."""
    largest = max((stage.parameters for stage in stages), default=1)
    figure = charts.figure(
        [_bars(stages, frozen=True), _bars(stages, frozen=False)],
        height=FRAME + charts.ROW_HEIGHT * len(stages),
        keep=network,
        barmode="stack",
        showlegend=True,
        xaxis={"title": "parameters", "range": [0, ROOM * largest], "tickformat": "~s"},
        yaxis={
            "autorange": "reversed",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [charts.escaped(stage.name) for stage in stages],
            "showgrid": False,
        },
        bargap=0.35,
    )
    words = caption(stages, network)
    return Chart(
        figure=figure,
        title="Which stages learn?",
        caption=words,
        summary=", ".join(f"{stage.name} {_treated(stage)}" for stage in stages),
        table=pd.DataFrame(
            [(stage.name, stage.layers, stage.parameters, _treated(stage)) for stage in stages],
            columns=["stage", "layers", "parameters", "treated"],
        ),
        name="network",
    )


def caption(stages: Sequence[StagePlan], network: str) -> str:
    """Return how many stages and parameters are trained, and how many stay as they came."""
    frozen = [stage for stage in stages if stage.frozen]
    learned = sum(stage.parameters for stage in stages if not stage.frozen)
    trained = amounts.count(len(stages) - len(frozen), "stage is trained", "stages are trained")
    held = ""
    if frozen:
        kept = large(sum(stage.parameters for stage in frozen))
        held = (
            f" {amounts.count(len(frozen), 'stage is', 'stages are')} frozen: {kept} parameters "
            "stay as they came."
        )
    layers = amounts.count(sum(stage.layers for stage in stages), "layer")
    return f"{network}, {layers}. {trained} ({large(learned)} parameters).{held}"


def large(n: int) -> str:
    """Return a count of parameters in three digits: 912, 1.02 k, 2.54 M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if n >= size:
            return f"{amounts.number(n / size)}{amounts.NBSP}{unit}"
    return str(n)


def _bars(stages: Sequence[StagePlan], *, frozen: bool) -> go.Bar:
    shown = [stage for stage in stages if stage.frozen == frozen]
    return go.Bar(
        x=[stage.parameters for stage in shown],
        y=[charts.escaped(stage.name) for stage in shown],
        orientation="h",
        name="frozen" if frozen else "trained",
        text=[f"{large(stage.parameters)}, {_layers(stage)}" for stage in shown],
        textposition="outside",
        cliponaxis=False,
        marker={
            "color": charts.PAPER if frozen else charts.ACCENT,
            "line": {"color": charts.EDGE if frozen else charts.ACCENT, "width": 1},
            "pattern": {
                "shape": "/" if frozen else "",
                "fgcolor": charts.EDGE,
                "size": 6,
            },
        },
        hovertemplate="%{y}: %{text}<extra></extra>",
    )


def _treated(stage: StagePlan) -> str:
    return "frozen" if stage.frozen else "trained"


def _layers(stage: StagePlan) -> str:
    return amounts.count(stage.layers, "layer")
