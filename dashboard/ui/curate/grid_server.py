"""The grid of photographs with its own keys, selection, bulk decisions and undo."""

import json
from dataclasses import replace
from typing import Any

import gradio as gr

from core.errors import AppError
from core.types import (
    BatchResult,
    ClassId,
    DecisionKind,
    SampleId,
    SampleQuery,
    SampleState,
    Suggestion,
    spelling,
)
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from dashboard.services.processes.presence import Presence
from dashboard.services.queues import refresh
from dashboard.ui.shared import cards, query_codec, status
from dashboard.ui.shared import payload as sent

PAGE_SIZE = 48
MOST_AT_ONCE = 5_000
MOST_CARDS_BACK = 480
LONGEST_REASON = 40
BY_HAND = frozenset(
    {
        DecisionKind.RELABEL,
        DecisionKind.KEEP,
        DecisionKind.EXCLUDE,
        DecisionKind.RESTORE,
        DecisionKind.UNSURE,
        DecisionKind.SET_PATIENT,
        DecisionKind.JOIN,
        DecisionKind.OPINION,
    }
)


def build(ctx: AppContext, *, name: str) -> gr.HTML:
    """Return a grid; set its value to `value(ctx, query)` to show that query's samples."""
    return gr.HTML(
        value=None,
        html_template='<div class="mpx-grid-root"></div>',
        js_on_load=ctx.assets.mount("curate/sample_grid.js"),
        apply_default_css=False,
        elem_id=f"grid-{name}",
        server_functions=GridServer(ctx).functions(),
    )


def value(ctx: AppContext, query: SampleQuery, offset: int = 0) -> dict[str, Any]:
    """Return what a grid shows for a query (the first page travels with it)."""
    params = query_codec.to_params(query)
    return {"params": params, "page": GridServer(ctx).grid_page({**params, "offset": offset})}


class GridServer:
    """What the browser's grid asks for. Every answer comes after the commit, never before."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self._somebody = Presence(ctx.workspace)

    def functions(self) -> list[Any]:
        """Return the server functions of a grid."""
        methods = (
            self.grid_page,
            self.grid_cards,
            self.grid_decide,
            self.grid_decide_matching,
            self.grid_undo,
            self.grid_redo,
            self.sample_detail,
        )
        return [feedback.endpoint(method) for method in methods]

    def grid_page(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a page of a query's samples."""
        self._somebody.note()
        query = query_codec.from_params(payload)
        offset = sent.whole(payload.get("offset"))
        leaving = _ids(payload.get("leaving"))
        if leaving:
            offset = browsing.after(self.ctx.workspace, query, offset, leaving)
        page = browsing.page(self.ctx.workspace, self.ctx.view, query, offset, PAGE_SIZE)
        if page.total and not page.samples:
            offset = (page.total - 1) // PAGE_SIZE * PAGE_SIZE
            page = browsing.page(self.ctx.workspace, self.ctx.view, query, offset, PAGE_SIZE)
        return {
            "cards": [
                {**cards.card(sample), **cards.why(page.why.get(sample.id))}
                for sample in page.samples
            ],
            "total": page.total,
            "offset": offset,
            "size": PAGE_SIZE,
            "revision": page.revision,
            "ledger": page.ledger,
            "params": query_codec.to_params(query),
            "classes": cards.classes(self.ctx.classes()),
        }

    def grid_cards(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return cards as they are now."""
        return self._cards(_ids(payload.get("ids"))[:MOST_CARDS_BACK])

    def grid_decide(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Record a decision on the samples named, each with the state that the person saw."""
        asked = sent.rows(payload.get("choices"), MOST_AT_ONCE)
        suggested = self._suggested(payload, [SampleId(str(one["id"])) for one in asked])
        choices = [
            Choice(
                sample=SampleId(str(one["id"])),
                expected=_state(one.get("state")),
                suggested_by=suggested.get(SampleId(str(one["id"]))),
            )
            for one in asked
        ]
        order = _order(payload)
        result = curation.decide(self.ctx.workspace, order, choices)
        told = self._told(result, [choice.sample for choice in choices])
        if order.kind is DecisionKind.RELABEL and result.applied == 1 and len(choices) == 1:
            others = browsing.labelled_otherwise(self.ctx.workspace, choices[0].sample)
            told["siblings"] = [cards.card(one) for one in others]
        return told

    def grid_decide_matching(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Record a decision on everything that a query selects, if it is as many as confirmed."""
        asked = _query(payload.get("params"))
        query = browsing.located(self.ctx.workspace, asked)
        count = sent.whole(payload.get("count"))
        order = _order(payload)
        if query.queues:
            order = replace(order, suggested_by=Suggestion(queue=query.queues[0].value))
        seen = sent.whole(payload.get("ledger"))
        result = curation.decide_matching(self.ctx.workspace, order, query, count, seen)
        return self._told(result, _ids(payload.get("ids")))

    def grid_undo(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Take back a batch or one sample's part of it; by default the person's own last batch."""
        sample = payload.get("sample")
        result = undoing.undo(
            self.ctx.workspace,
            who(payload),
            sent.number(payload.get("batch")),
            None if sample is None else SampleId(str(sample)),
        )
        return self._told(result, _ids(payload.get("ids")))

    def grid_redo(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Take back the person's own last undo."""
        result = undoing.redo(self.ctx.workspace, who(payload))
        return self._told(result, _ids(payload.get("ids")))

    def sample_detail(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return one sample with all that is known around it."""
        found = browsing.detail(self.ctx.workspace, SampleId(str(payload.get("id", ""))))
        return cards.detail(found)

    def _suggested(
        self, payload: dict[str, Any], ids: list[SampleId]
    ) -> dict[SampleId, Suggestion]:
        """Return what the ledger keeps of the queue that these samples were shown in."""
        shown = _query(payload.get("shown"))
        if not shown.queues:
            return {}
        queue = shown.scored_by if shown.scored_by in shown.queues else shown.queues[0]
        plain = dict.fromkeys(ids, Suggestion(queue=queue.value))
        return plain | refresh.suggestions(self.ctx.workspace, queue, ids)

    def _cards(self, ids: list[SampleId]) -> dict[str, Any]:
        revision = self.ctx.workspace.revision()
        now = browsing.cards(self.ctx.workspace, ids)
        return {"cards": [cards.card(sample) for sample in now], "revision": revision}

    def _told(self, result: BatchResult, shown: list[SampleId]) -> dict[str, Any]:
        refused = [{"sample": one.sample, "why": one.why} for one in result.refused]
        now = self._cards(shown[:MOST_CARDS_BACK])
        ledger = pages.newest(self.ctx.workspace)
        counts = {"batch": result.batch, "applied": result.applied, "ledger": ledger}
        return {**counts, "refused": refused, **now}


def _query(raw: object) -> SampleQuery:
    return query_codec.from_params(raw if isinstance(raw, dict) else {})


def _ids(raw: object) -> list[SampleId]:
    return [SampleId(str(one)) for one in raw] if isinstance(raw, list) else []


def _order(payload: dict[str, Any]) -> Order:
    kind = str(payload.get("kind"))
    if kind not in BY_HAND:
        raise AppError("This decision is not known here.", title="Not understood")
    label = sent.number(payload.get("label"))
    return Order(
        kind=DecisionKind(kind),
        who=who(payload),
        label=None if label is None else ClassId(label),
        patient=sent.text(payload.get("patient"), spelling.LONGEST_PATIENT),
        join=None if not payload.get("join") else SampleId(str(payload["join"])),
        reason=sent.text(payload.get("reason"), LONGEST_REASON),
        note=sent.text(payload.get("note"), spelling.LONGEST_NOTE),
    )


def _state(raw: object) -> SampleState | None:
    try:
        return None if raw is None else SampleState.from_json(str(raw))
    except (ValueError, json.JSONDecodeError) as error:
        raise AppError(
            "The page does not know this sample's state.",
            title="Page is out of date",
            hint="Reload the page and decide again.",
        ) from error


def who(payload: dict[str, Any]) -> str:
    """Return the name given in the browser, or that of the operating system's user."""
    name = sent.text(payload.get("who"), spelling.LONGEST_PERSON)
    return spelling.plain(name) or status.user()
