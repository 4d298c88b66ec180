"""A chart on its way to the browser, and what comes back from it."""

import gzip
import json

import gradio as gr
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core.errors import AppError
from dashboard.runtime.assets import Assets
from dashboard.schemas.charts import ChartValue
from dashboard.ui.shared import charts
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.plotly_chart import component
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.shared.plotly_chart.script import PlotlyScript


@pytest.fixture
def shown() -> PlotlyChart:
    return PlotlyChart(Assets(), label="Loss", elem_id="loss")


def chart() -> Chart:
    trace = go.Scatter(x=np.array([1, 2]), y=np.array([0.5, np.nan]), line_color=charts.INK)
    table = pd.DataFrame({"epoch": np.array([1, 2]), "loss": [0.5, np.nan], "best": ["=x", None]})
    return Chart(
        figure=charts.figure([trace], xaxis_title="epoch"),
        title="Is it still learning?",
        caption="n = 2",
        summary="Loss is 0.5.",
        table=table,
    )


def test_the_browser_gets_the_figure_as_text_with_named_colours(shown: PlotlyChart) -> None:
    value = ChartValue.model_validate(shown.postprocess(chart()))
    drawn = json.loads(value.figure)
    assert drawn["data"][0]["line"]["color"] == "var(--mpx-ink)"
    assert drawn["layout"]["xaxis"]["title"]["text"] == "epoch"
    assert value.height == charts.HEIGHT


def test_the_table_behind_a_chart_has_plain_numbers_and_gaps(shown: PlotlyChart) -> None:
    value = ChartValue.model_validate(shown.postprocess(chart()))
    assert value.table.columns == ["epoch", "loss", "best"]
    assert value.table.rows == [[1, 0.5, "=x"], [2, None, None]]


def test_no_chart_is_no_value(shown: PlotlyChart) -> None:
    assert shown.postprocess(None) is None


def test_a_handler_may_hide_a_chart(shown: PlotlyChart) -> None:
    # As Gradio does where a handler returns `gr.update(visible=False)`.
    again = PlotlyChart(**{**shown.constructor_args, "visible": False, "render": False})
    assert again.visible is False


def test_a_selection_has_the_points_own_data() -> None:
    sent = {"index": [3], "value": ["ab"], "area": [[0, 1], [2.5, 3]], "selected": True}
    chosen = component.selection(gr.SelectData(None, sent))
    assert (chosen.index, chosen.value, chosen.area) == ([3], ["ab"], [(0, 1), (2.5, 3)])


def test_a_selection_that_no_chart_sends_is_refused() -> None:
    sent = {"index": "x", "value": {}, "area": [[1]], "selected": True}
    with pytest.raises(AppError, match="nothing was changed"):
        component.selection(gr.SelectData(None, sent))


def test_tags_in_names_are_text() -> None:
    assert charts.escaped("<b>A</b> & B") == "&lt;b&gt;A&lt;/b&gt; &amp; B"


def test_the_script_is_plotlys_own_and_is_compressed_once() -> None:
    script = PlotlyScript()
    assert gzip.decompress(script.compressed) == script.plain
    assert script.compressed is script.compressed
