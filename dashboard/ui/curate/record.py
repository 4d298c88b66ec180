"""What has been done, as the Curate tab asks for it: the ledger, and what the work has bought."""

from dataclasses import asdict
from typing import Any

from core.types import DecisionKind, HistoryQuery, Split, spelling
from dashboard.runtime.context import AppContext
from dashboard.schemas import records
from dashboard.services.curation import curation_effect, reader_agreement, undoing
from dashboard.services.ledger import exchange, pages, table_rows
from dashboard.ui.curate import grid_server
from dashboard.ui.shared import cards
from dashboard.ui.shared import payload as sent

PAGE = 60


class RecordServer:
    """The ledger and its fruits as the browser reads them."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def functions(self) -> tuple[Any, ...]:
        """Return what a component may ask for."""
        return self.ledger_page, self.ledger_csv, self.undo_since, self.what_it_bought

    def ledger_page(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a page of the ledger, newest first, and who is in it."""
        kind = str(payload.get("kind"))
        since = payload.get("since")
        query = HistoryQuery(
            since=sent.moment(since) if since else None,
            text=sent.text(payload.get("text"), 200),
            who=sent.text(payload.get("by"), spelling.LONGEST_PERSON),
            kinds=(DecisionKind(kind),) if kind in set(DecisionKind) else (),
            limit=PAGE,
            offset=sent.whole(payload.get("offset")),
        )
        page = pages.page(self.ctx.workspace, query)
        return {
            "rows": [cards.ledger_row(row, page) for row in reversed(page.rows)],
            "total": page.total,
            "offset": query.offset,
            "size": PAGE,
            "people": list(page.people),
            "classes": cards.classes(self.ctx.classes()),
        }

    def ledger_csv(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the whole ledger as CSV."""
        del payload
        table = exchange.frame(self.ctx.workspace).map(table_rows.harmless)
        return {"name": "ledger.csv", "text": table.to_csv(index=False)}

    def undo_since(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Take back what the person has decided since a moment."""
        moment = sent.moment(payload.get("since"))
        result = undoing.undo_since(self.ctx.workspace, grid_server.who(payload), moment)
        return {**records.batch(result), "revision": self.ctx.workspace.revision()}

    def what_it_bought(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what curation has bought; the comparison is on validation unless test is asked."""
        on = Split.TEST if payload.get("on") == Split.TEST else Split.VALIDATION
        found = asdict(curation_effect.read(self.ctx.workspace, on=on))
        agreed = records.agreement(reader_agreement.agree(self.ctx.workspace))
        return {**found, "agreement": agreed}
