"""A Plotly figure in a host that stays: drawn anew without flicker, clicks and lassos as events."""

from typing import Any

import gradio as gr

from dashboard.runtime.assets import Assets
from dashboard.schemas import messages
from dashboard.schemas.charts import ChartSelection, ChartTable, ChartValue
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.plotly_chart import script


class PlotlyChart(gr.HTML):
    """Shows the `charts.Chart` that a handler returns; None shows nothing.

    `chart.select(handler)` hands a `gr.SelectData` to the handler when a person clicks a point or
    encloses some; `selection(event)` reads it. Only points with `customdata` can be selected.
    """

    def __init__(
        self,
        assets: Assets,
        *,
        label: str,
        elem_id: str,
        samples: bool = False,
        visible: bool = True,
        render: bool = True,
    ) -> None:
        """`samples`: a map of samples, whose `customdata` are their ids. Hovering shows their
        photographs, and a lasso sends its corners alone: there are many points within it. Gradio
        makes the component again with `render=False` where a handler returns a `gr.update`.
        """
        self.samples = samples
        super().__init__(
            None,
            label=label,
            elem_id=elem_id,
            elem_classes=["plotly-chart"],
            visible=visible,
            render=render,
            html_template='<figure class="mpx-chart" hidden></figure>',
            js_on_load=assets.mount(
                "shared/plotly_chart/plotly_chart.js", script=script.PATH, samples=samples
            ),
            apply_default_css=False,
        )

    def preprocess(self, payload: Any) -> None:
        """A chart is never an input: what it shows comes from the server."""

    def postprocess(self, value: Any) -> Any:
        """Return a `Chart` (or None) as the browser reads it."""
        return None if value is None else _value(value).model_dump()

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return messages.schema(ChartValue)


def selection(event: gr.SelectData) -> ChartSelection:
    """Return what was clicked or enclosed. Raises AppError for anything else."""
    return messages.read(ChartSelection, event)


def _value(chart: Chart) -> ChartValue:
    table = chart.table.astype(object).where(chart.table.notna(), None)
    return ChartValue(
        figure=chart.figure.to_json(validate=False),
        height=chart.figure.layout.height,
        title=chart.title,
        caption=chart.caption,
        summary=chart.summary,
        name=chart.name,
        table=ChartTable(
            columns=[str(column) for column in table.columns],
            rows=[[_cell(cell) for cell in row] for row in table.itertuples(index=False)],
        ),
    )


def _cell(cell: Any) -> str | int | float | None:
    """Return numbers as they are and everything else as text; numpy's numbers become Python's."""
    plain = cell.item() if hasattr(cell, "item") else cell
    return plain if plain is None or isinstance(plain, int | float) else str(plain)
