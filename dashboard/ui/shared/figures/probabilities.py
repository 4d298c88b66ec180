"""What a checkpoint finds likely: one bar per class, from 0 to 100 %."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.types import ClassInfo, Prediction
from dashboard.ui.shared import charts
from dashboard.ui.shared.charts import Chart

TITLE = "How likely each class is to this network"
PERCENTS = ["0 %", "25 %", "50 %", "75 %", "100 %"]


def chart(prediction: Prediction, classes: Sequence[ClassInfo]) -> Chart | None:
    """Return the bars in the order of the classes; None where there are no probabilities."""
    by_id = {info.id: info for info in classes}
    rows = [
        (by_id[class_id], 100 * p)
        for class_id, p in zip(prediction.classes, prediction.probabilities, strict=False)
        if class_id in by_id
    ]
    if not rows:
        return None
    infos, percents = [info for info, _ in rows], [percent for _, percent in rows]
    likeliest, most = max(rows, key=lambda pair: pair[1])
    return Chart(
        figure=_figure(infos, percents),
        title=TITLE,
        caption="Calibrated probabilities; they add up to 100 %.",
        summary=f"The largest of {len(rows)} probabilities: {likeliest.name}, {most:.1f} %.",
        table=pd.DataFrame(
            {
                "Class": [info.name for info in infos],
                "Probability (%)": [round(p, 1) for p in percents],
            }
        ),
        name=f"prediction-{prediction.id}",
    )


def _figure(infos: Sequence[ClassInfo], percents: Sequence[float]) -> go.Figure:
    labels = [f"<b>{charts.escaped(i.code)}</b> {charts.escaped(i.name)}" for i in infos]
    bars = go.Bar(
        y=labels,
        x=list(percents),
        orientation="h",
        marker={
            "color": [info.colour for info in infos],
            "line": {"color": charts.EDGE, "width": 1},
        },
        text=[f"{percent:.1f} %" for percent in percents],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    return charts.figure(
        [bars],
        height=charts.ROW_HEIGHT * len(infos) + 40,
        keep="probabilities",
        bargap=0.4,
        xaxis={"range": [0, 112], "tickvals": [0, 25, 50, 75, 100], "ticktext": PERCENTS},
        yaxis={"autorange": "reversed"},
    )
