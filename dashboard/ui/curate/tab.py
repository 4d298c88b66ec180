"""Curate: which labels can I trust? Filters, photographs, the map, the ledger and imports."""

from typing import Any

import gradio as gr

from core.types import SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.curate.effect import Effect
from dashboard.ui.curate.facets import Facets
from dashboard.ui.curate.importer import Importer
from dashboard.ui.curate.ledger import Ledger
from dashboard.ui.curate.map import Map
from dashboard.ui.curate.query_form import QueryForm, of_page
from dashboard.ui.curate.queues import Queues
from dashboard.ui.curate.toolbar import Toolbar
from dashboard.ui.shared import events
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.sample_grid.component import SampleGrid

WELCOME = """Photographs with labels come in here; then you decide, one by one or many at once,
which labels can be trusted.

The demo set is synthetic demonstration data: drawn, not photographed."""
NO_MATCH = "No photograph matches these filters."
NO_QUEUE_YET = """The queues are being made. This one fills by itself as soon as they are there."""

VIEWS = ("photographs", "ledger", "effect", "import")
"""What an address may name as `view`; the first one is open otherwise."""
DRAWER = "() => document.body.classList.toggle('facets-open')"
"""On a phone the filters are a drawer (views.css)."""


def build(ctx: AppContext, page: Page) -> None:
    """Build the tab: filters beside the grid; ledger, effect and imports in views of their own."""
    with gr.Tabs(selected=VIEWS[0], elem_id="curate-views") as views:
        with gr.Tab("Photographs", id="photographs", elem_id="view-photographs"):
            with gr.Column(visible=False, elem_id="welcome") as welcome:
                gr.Markdown(WELCOME)
                with gr.Row():
                    first = gr.Button("Import a folder", variant="primary", elem_id="empty-import")
                    demo = gr.Button("Try the demo set", elem_id="empty-demo")
            with gr.Row(elem_id="curate-columns") as columns:
                with gr.Column(elem_id="facets", min_width=0):
                    close = gr.Button("Close filters", size="sm", elem_id="close-filters")
                    facets = Facets(ctx)
                    queues = Queues(ctx)
                with gr.Column(elem_id="curate-middle", min_width=0):
                    toolbar = Toolbar(ctx)
                    embedding_map = Map(ctx)
                    with gr.Column(visible=False, elem_id="no-match") as nothing:
                        why = gr.Markdown()
                        clear = gr.Button("Clear the filters", variant="primary", size="sm")
                    grid = SampleGrid(ctx, elem_id="grid-curate", detail=True, address=True)
        with gr.Tab("Ledger", id="ledger", elem_id="view-ledger") as ledger_view:
            ledger = Ledger(ctx)
        with gr.Tab("What curation bought", id="effect", elem_id="view-effect") as effect_view:
            effect = Effect(ctx)
        with gr.Tab("Import", id="import", elem_id="view-import"):
            importer = Importer(ctx)
    open_ledger = gr.Button(visible="hidden", elem_classes=["key-g"])

    form = QueryForm(facets, toolbar)
    curate = Curate(ctx, form, queues)
    drawn = [*form.outputs, nothing, why]
    changed = page.clock.changes(["samples", "queues"], grid)
    gr.on([grid.change, changed], curate.draw, [grid, form.shown], drawn, **events.LAST)
    grid.decided(curate.draw, [grid, form.shown], drawn, **events.LAST)
    form.listen(grid)
    gr.on([close.click, toolbar.filters.click], None, js=DRAWER)
    toolbar.listen(grid)
    clear.click(SampleQuery, None, grid, **events.ONCE)
    embedding_map.listen(page.clock, toolbar.map, grid)
    page.clock.on("samples", curate.follow, [welcome, columns, grid])
    queues.listen(page.clock)
    ledger.listen(page.clock, ledger_view)
    effect.listen(effect_view)
    importer.listen(page.clock)
    gr.on([first.click, demo.click], lambda: gr.Tabs(selected="import"), None, views, **events.ONCE)
    demo.click(events.shown(importer.on_demo), None, importer.outputs, **events.ONCE)
    open_ledger.click(lambda: gr.Tabs(selected="ledger"), None, views, **events.ONCE)
    importer.look.click(
        lambda: (importer.new_ones(), gr.Tabs(selected="photographs")),
        None,
        [grid, views],
        **events.ONCE,
    )


class Curate:
    """What the tab as a whole follows: the query of its grid, and changes from elsewhere."""

    def __init__(self, ctx: AppContext, form: QueryForm, queues: Queues) -> None:
        self._ctx = ctx
        self._form = form
        self._queues = queues

    def follow(self) -> tuple[Any, Any, Any]:
        """Return whether there is anything to see, and what the grid has to be as new as."""
        overview = self._ctx.overview.read()
        empty = not overview.totals.samples
        return (
            gr.update(visible=empty),
            gr.update(visible=not empty),
            gr.update(revision=overview.revision),
        )

    def draw(self, query: SampleQuery, shown: SampleQuery, request: gr.Request) -> list[Any]:
        """Return the form with its numbers, and why nothing is shown where nothing is."""
        query = of_page(query, request)
        counts = browsing.facets(self._ctx.workspace, query)
        waiting = bool(query.queues) and self._queues.pending()
        return [
            *self._form.draw(query, shown, counts),
            gr.update(visible=not counts.facets.total),
            NO_QUEUE_YET if waiting else NO_MATCH,
        ]
