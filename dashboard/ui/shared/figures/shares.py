"""Shares with their intervals, a row each: a dot and a line."""

import pandas as pd
import plotly.graph_objects as go

from dashboard.ui.shared import charts
from dashboard.ui.shared.charts import Chart


def chart(table: pd.DataFrame, title: str, caption: str) -> Chart:
    """Draw rows of (name, n, changed, share, low, high), all in percent, the first one on top.

    The column of names comes first; the shares are in columns "Share in %", "Low" and "High".
    """
    names = [charts.escaped(name) for name in table.iloc[:, 0]]
    share = table["Share in %"]
    dots = go.Scatter(
        x=share,
        y=names,
        mode="markers",
        marker={"color": charts.INK, "size": 10},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": table["High"] - share,
            "arrayminus": share - table["Low"],
            "color": charts.QUIET,
            "thickness": 2,
        },
        customdata=table[["Samples", "Changed", "Low", "High"]].to_numpy(),
        hovertemplate="%{y}: %{x} % (%{customdata[2]} to %{customdata[3]})<br>"
        "%{customdata[1]} of %{customdata[0]}<extra></extra>",
    )
    figure = charts.figure(
        [dots],
        height=charts.ROW_HEIGHT * len(names) + 70,
        xaxis={"title": "Labels changed or taken out, % (95 % interval)", "range": [0, 100]},
        yaxis={"autorange": "reversed"},
    )
    best = table.iloc[int(share.to_numpy().argmax())]
    return Chart(
        figure=figure,
        title=title,
        caption=caption,
        summary=f"The largest share has {best.iloc[0]}: {best['Share in %']} % of "
        f"{best['Samples']} samples.",
        table=table,
        name="queues-against-chance",
    )
