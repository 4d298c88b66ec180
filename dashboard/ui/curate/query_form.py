"""The query of the grid as the filters and tools around it set it, and as they show it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr
from pydantic import TypeAdapter

from core.types import SampleQuery, Sort
from dashboard.services.browsing.browsing import FacetCounts
from dashboard.ui.curate.facets import Facets, sorted_for_queue
from dashboard.ui.curate.toolbar import Toolbar
from dashboard.ui.shared import events, query_codec
from dashboard.ui.shared.sample_grid.component import UNREAD, SampleGrid

_QUERY = TypeAdapter(SampleQuery)


class ShownQuery(gr.Textbox):
    """A hidden box with the query that controls show.

    It travels with what they hold: a `gr.State` of the server may be newer than what was sent.
    """

    is_template = True  # for Gradio's page it is its parent

    def preprocess(self, payload: str | None) -> SampleQuery:  # type: ignore[override]
        """Return the query; the one without filters where none has been shown yet."""
        return _QUERY.validate_json(payload) if payload else SampleQuery()

    def postprocess(self, value: SampleQuery | None) -> str | None:  # type: ignore[override]
        """Return a query as text."""
        return None if value is None else _QUERY.dump_json(value).decode()


class QueryForm:
    """The filters and the toolbar as one form of the grid's query.

    Many ask the grid for photographs: a person in the form, the address, the map, the Back button.
    Their answers cross on the way. So the form remembers in `shown` what its controls were last
    seen to show: a control that shows something else has been pressed since, and that alone is
    taken from it; one whose part of the query has changed since is written, and no other.
    """

    def __init__(self, facets: Facets, toolbar: Toolbar) -> None:
        self._facets = facets
        self._toolbar = toolbar
        self.shown = ShownQuery(visible="hidden", label="Filters shown", elem_id="query-shown")

    @property
    def outputs(self) -> list[Any]:
        """What `draw` returns."""
        return [self.shown, *self._facets.components, *self._toolbar.outputs]

    def listen(self, grid: SampleGrid) -> None:
        """Let whatever a person presses or types here ask the grid for other photographs."""
        controls = [*self._facets.components, *self._toolbar.controls]
        gr.on(
            [events.entered(control) for control in controls],
            self.asked,
            [grid, self.shown, *controls],
            [grid, self.shown],
            **events.LAST,
        )

    def asked(
        self, request: gr.Request, query: SampleQuery, shown: SampleQuery, *values: Any
    ) -> tuple[Any, Any]:
        """Return the query with what has been pressed since `shown`, and what is shown now."""
        cut = len(self._facets.components)
        fields = {**self._facets.read(*values[:cut]), **self._toolbar.read(*values[cut:])}
        now = replace(shown, **fields)
        if now == shown:  # what `draw` has written
            return gr.skip(), gr.skip()
        return merged(of_page(query, request), shown, fields), now

    def draw(self, query: SampleQuery, shown: SampleQuery, counts: FacetCounts) -> list[Any]:
        """Return how the controls change from one query to another, with the numbers of now."""
        return [
            query if query != shown else gr.skip(),
            *self._facets.draw(query, shown, counts),
            *self._toolbar.draw(query, shown),
        ]


def of_page(query: SampleQuery, request: gr.Request) -> SampleQuery:
    """Return the query of the grid, or of the address where the grid has not read that yet.

    Later the address follows the grid: a filter that has just been pressed is not in it yet.
    """
    return query_codec.from_params(request.query_params) if query is UNREAD else query


def merged(query: SampleQuery, shown: SampleQuery, fields: Mapping[str, Any]) -> SampleQuery:
    """Return a query with those of the fields that differ from what was `shown`."""
    pressed = {name: value for name, value in fields.items() if value != getattr(shown, name)}
    asked = replace(query, **pressed)
    if "sort" in pressed and asked.sort is not Sort.SIMILARITY:
        return replace(asked, similar_to=None)
    return sorted_for_queue(asked) if "queues" in pressed else asked
