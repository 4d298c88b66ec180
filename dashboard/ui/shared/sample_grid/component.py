"""`SampleGrid`: photographs in pages, selected and decided on by mouse and keys.

    grid = SampleGrid(ctx, elem_id="grid")
    facet.input(lambda label: SampleQuery(labels=(label,)), facet, grid)

Its value is a `SampleQuery`: a handler that returns one shows its first page, and as an input it
is the query that is shown now. Events:

- `input`: a person has gone to another query in it ("more like this", a patient, the Back button);
- `select`: a photograph came into focus (`gr.SelectData`: place in the page, sample id);
- `decided`: decisions, undos or redos have been committed, and a person pauses (`DecidedData`: the
  last of them).

A Gradio component in the same tab with `elem_classes=["key-q"]` is pressed (a text box: focused) by
the key Q while the grid is in sight; "/" is `key-slash`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast, get_type_hints

import gradio as gr
from gradio.components.base import server
from pydantic import BaseModel

from core.errors import AppError
from core.types import (
    BatchResult,
    DecisionKind,
    Sample,
    SampleId,
    SampleQuery,
    Suggestion,
    spelling,
)
from dashboard.runtime.context import AppContext
from dashboard.schemas import grid as schemas
from dashboard.schemas import messages
from dashboard.schemas.failures import FailureDocument
from dashboard.schemas.grid_decisions import Decided, DecisionRequest, DecisionResult, UndoRequest
from dashboard.schemas.grid_detail import Detail, DetailRequest
from dashboard.services.browsing import browsing
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from dashboard.services.processes.presence import Presence
from dashboard.services.queues import queue_state
from dashboard.ui.shared import query_codec, status
from dashboard.ui.shared.sample_grid import grid_page

MODULE = "shared/sample_grid/sample_grid.js"
CUSTOM_EVENT = "// It triggers 'decided'."
"""Gradio knows an event of a custom component by its quoted name in the script."""

Method = TypeVar("Method", bound=Callable[..., BaseModel])


def served(method: Method) -> Method:
    """Let the browser call a method of a component: a model in, a model out, both as JSON.

    What cannot be read as the model, and an AppError, come back as `{"error": ...}`.
    """
    model = next(hint for name, hint in get_type_hints(method).items() if name == "request")

    def call(self: gr.HTML, payload: Any) -> Any:
        try:
            return method(self, messages.read(model, payload)).model_dump(mode="json")
        except AppError as error:
            return FailureDocument.of(error).model_dump(mode="json")

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return cast(Method, server(call))  # type: ignore[no-untyped-call]


class DecidedData(gr.EventData):
    """What a handler of `decided` is given."""

    def __init__(self, target: Any, data: Any) -> None:
        super().__init__(target, data)
        self.decided = messages.read(Decided, data)


UNREAD = SampleQuery()
"""The query of a grid that has not been told one, and has not read the address of its page yet."""


class SampleGrid(gr.HTML):
    """A grid of photographs. Every answer comes after the commit, never before."""

    def __init__(
        self,
        ctx: AppContext,
        *,
        elem_id: str,
        detail: bool = False,
        address: bool = False,
        revision: int = 0,
        **more: Any,
    ) -> None:
        """`detail`: one photograph stands beside it; `address`: the page's address is its query.

        `gr.update(revision=...)` lets it read its cards again where they are older. `more` is what
        every component takes (`visible`, `render`): Gradio makes it again for every update.
        """
        self._ctx = ctx
        self._presence = Presence(ctx.workspace)
        self.detail = detail
        self.address = address
        super().__init__(
            value=None,
            html_template='<div class="mpx-grid-root"></div>',
            js_on_load=f"{ctx.assets.mount(MODULE, detail=detail, address=address)} {CUSTOM_EVENT}",
            apply_default_css=False,
            elem_id=elem_id,
            revision=revision,
            **more,
        )

    def preprocess(self, payload: Any) -> SampleQuery:  # type: ignore[override]
        """Return the query that is shown; `UNREAD` itself where the grid has none yet."""
        if payload is None:
            return UNREAD
        query = payload.get("query") if isinstance(payload, dict) else payload
        return messages.read(schemas.CountRequest, {"query": query}).query

    def postprocess(  # type: ignore[override]
        self, value: SampleQuery | None
    ) -> dict[str, Any] | None:
        """Return a query with its first page, so that nothing has to be asked for again."""
        if value is None:
            return None
        view = schemas.GridView(query=value, page=grid_page.read(self._ctx, value, 0))
        return view.model_dump(mode="json")

    @served
    def get_page(self, request: schemas.PageRequest) -> schemas.Page:
        """Return a page of a query's samples; past the end, the last one."""
        self._presence.note()
        query = request.query or query_codec.from_params(request.address)
        offset = request.offset
        if request.leaving:
            offset = browsing.after(self._ctx.workspace, query, offset, request.leaving)
        page = grid_page.read(self._ctx, query, offset)
        if page.cards or not page.total:
            return page
        return grid_page.read(self._ctx, query, (page.total - 1) // page.size * page.size)

    @served
    def get_cards(self, request: schemas.CardsRequest) -> schemas.Cards:
        """Return cards as they are now."""
        revision = self._ctx.workspace.revision()
        now = browsing.cards(self._ctx.workspace, request.ids)
        return schemas.Cards(cards=schemas.cards(now), revision=revision)

    @served
    def get_detail(self, request: DetailRequest) -> Detail:
        """Return one sample with all that is known around it."""
        return Detail.of(browsing.detail(self._ctx.workspace, request.id))

    @served
    def get_count(self, request: schemas.CountRequest) -> schemas.Count:
        """Return how many samples a query selects, and how many of them are in the test set."""
        total, test = browsing.count(self._ctx.workspace, request.query)
        return schemas.Count(total=total, test=test)

    @served
    def decide(self, request: DecisionRequest) -> DecisionResult:
        """Record a decision on the samples named, or on everything that matches."""
        workspace, order = self._ctx.workspace, self._order(request)
        if request.matching is not None:
            matching = request.matching
            query = browsing.located(workspace, matching.query)
            result = curation.decide_matching(
                workspace, order, query, matching.count, matching.ledger
            )
            return self._result(result, request.ids)
        ids = tuple(choice.id for choice in request.choices)
        suggested = self._suggested(request.shown, ids)
        result = curation.decide(
            workspace,
            order,
            [
                Choice(sample=card.id, expected=card.state, suggested_by=suggested.get(card.id))
                for card in request.choices
            ],
        )
        single = len(ids) == 1 and result.applied == 1 and order.kind is DecisionKind.RELABEL
        siblings = browsing.labelled_otherwise(workspace, ids[0]) if single else []
        return self._result(result, ids, siblings)

    @served
    def take_back(self, request: UndoRequest) -> DecisionResult:
        """Take back a batch, one sample's part of it, or the person's own last one; or redo."""
        workspace, who = self._ctx.workspace, _person(request.who)
        if request.redo:
            result = undoing.redo(workspace, who)
        else:
            result = undoing.undo(workspace, who, request.batch, request.sample)
        return self._result(result, request.ids)

    def _order(self, request: DecisionRequest) -> Order:
        queues = request.matching.query.queues if request.matching is not None else ()
        return Order(
            kind=request.kind,
            who=_person(request.who),
            label=request.label,
            patient=request.patient,
            join=request.join,
            reason=request.reason.strip(),
            note=request.note.strip(),
            suggested_by=Suggestion(queue=queues[0].value) if queues else None,
        )

    def _suggested(
        self, shown: SampleQuery, ids: Sequence[SampleId]
    ) -> Mapping[SampleId, Suggestion]:
        """Return what the ledger keeps of the queue that these samples were shown in."""
        if not shown.queues:
            return {}
        queue = shown.scored_by if shown.scored_by in shown.queues else shown.queues[0]
        plain = dict.fromkeys(ids, Suggestion(queue=queue.value))
        return plain | queue_state.suggestions(self._ctx.workspace, queue, list(ids))

    def _result(
        self, result: BatchResult, ids: Sequence[SampleId], siblings: Sequence[Sample] = ()
    ) -> DecisionResult:
        workspace = self._ctx.workspace
        revision = workspace.revision()
        now = browsing.cards(workspace, ids[: schemas.MOST_CARDS])
        return DecisionResult(
            batch=result.batch,
            applied=result.applied,
            refused=result.refused,
            ledger=pages.newest(workspace),
            revision=revision,
            cards=schemas.cards(now),
            siblings=schemas.cards(siblings),
        )


def _person(name: str) -> str:
    """Return the name given in the browser, or that of the operating system's user."""
    return spelling.plain(name) or status.user()
