"""The map: every photograph a point, similar ones together; a lasso shows its own in the grid."""

from dataclasses import replace
from typing import Any

import gradio as gr

from core.types import SampleId, SampleQuery, Sort
from dashboard.runtime.context import AppContext
from dashboard.services.queues import embedding_map
from dashboard.ui.shared import events
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.figures import embedding_map as figure
from dashboard.ui.shared.plotly_chart import component
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.shared.sample_grid.component import SampleGrid

SOON = "The map is drawn with the queues. It appears here as soon as they are made."
EDGE = embedding_map.GRID - 1


class Map:
    """A chart above the grid that a person opens and closes."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self.shown = gr.State(False)
        with gr.Column(visible=False, elem_id="map") as self.panel:
            self.colour = gr.Radio(
                [(name, key) for key, name in figure.COLOUR_BY.items()],
                value="label",
                label="Colour by",
                show_label=False,
                container=False,
                elem_id="map-colour",
            )
            self.none = gr.Markdown(SOON, visible=False, elem_id="map-none")
            self.chart = PlotlyChart(
                ctx.assets, label="Map of photographs", elem_id="map-chart", samples=True
            )

    def listen(self, clock: Clock, button: gr.Button, grid: SampleGrid) -> None:
        """Open and close with the button; a lasso and a click go to the grid."""
        asked, drawn = [self.shown, self.colour], [self.chart, self.none]
        # The panel first: the browser loads Plotly while the map is made.
        button.click(self.turn, self.shown, [self.shown, self.panel], **events.ONCE)
        gr.on([self.shown.change, self.colour.input], self.draw, asked, drawn, **events.LAST)
        self.chart.select(events.shown(self.chosen), grid, grid, **events.EACH)
        clock.on("queues", self.draw, drawn, asked)

    def turn(self, shown: bool) -> tuple[bool, Any]:
        """Open the map, or close it."""
        return not shown, gr.update(visible=not shown)

    def draw(self, shown: bool, colour: str) -> tuple[Any, Any]:
        """Return the map in one of its colourings, or why there is none."""
        if not shown:
            return gr.skip(), gr.skip()
        points = embedding_map.table(self._ctx.workspace)
        if points.empty:
            return None, gr.update(visible=True)
        chart = figure.chart(points, self._ctx.classes(), by=colour)
        return chart, gr.update(visible=False)

    def chosen(self, query: SampleQuery, event: gr.SelectData) -> SampleQuery:
        """Return the query, narrowed to what was enclosed; or what is most similar to a point."""
        selected = component.selection(event)
        if selected.value:
            return SampleQuery(similar_to=SampleId(str(selected.value[0])), sort=Sort.SIMILARITY)
        return replace(query, area=tuple((_place(x), _place(y)) for x, y in selected.area))


def _place(value: float) -> int:
    return max(0, min(EDGE, round(value)))
