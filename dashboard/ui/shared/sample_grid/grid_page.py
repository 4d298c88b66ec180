"""One page of the grid's photographs, as the browser draws it."""

from core.types import SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.schemas import grid as schemas
from dashboard.services.browsing import browsing
from dashboard.ui.shared import query_codec

FIRST = "/first-page"
"""Where a browser asks for the first page while Gradio loads (first_page.js)."""
SIZE = 48


def read(ctx: AppContext, query: SampleQuery, offset: int) -> schemas.Page:
    """Return the samples of a query from `offset` on, at most `SIZE`."""
    page = browsing.page(ctx.workspace, ctx.view, query, offset, SIZE)
    return schemas.Page(
        query=query,
        address=query_codec.to_params(query),
        cards=schemas.cards(page.samples, page.why),
        total=page.total,
        offset=offset,
        size=SIZE,
        revision=page.revision,
        ledger=page.ledger,
        classes=tuple(ctx.classes()),
    )
