"""The ledger of decisions: read by filters, and undone."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Any

import gradio as gr
import pandas as pd

from core.errors import AppError
from core.types import BatchResult, DecisionKind, HistoryQuery
from dashboard.runtime.context import AppContext
from dashboard.services.curation import undoing
from dashboard.services.ledger import pages
from dashboard.ui.curate.ledger_exchange import LedgerExchange
from dashboard.ui.shared import events, person, words
from dashboard.ui.shared.amounts import count, moment
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.confirmation import Confirmation

ROWS = 100
"""Decisions on one page."""
UNDO_HOURS = 1
HEADS = (
    "Batch", "When", "Who", "Photograph", "Decision", "State", "Reason", "Note", "Asked by",
)  # fmt: skip


class Ledger:
    """A table of decisions, newest first, and what can be done with them."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        with gr.Row():
            self.text = gr.Textbox(
                value="",
                label="Search",
                placeholder="File, person, reason or note",
                elem_id="ledger-search",
                scale=3,
            )
            kinds = [("All decisions", ""), *((name, kind) for kind, name in words.KINDS.items())]
            self.kind = gr.Dropdown(kinds, value="", label="Decisions", elem_id="ledger-kind")
            self.by = gr.Dropdown([("Everybody", "")], value="", label="By", elem_id="ledger-by")
        self.table = gr.Dataframe(
            label="Ledger of decisions",
            headers=list(HEADS),
            interactive=False,
            wrap=True,
            elem_id="ledger",
            max_height=560,
        )
        with gr.Row(elem_classes=["pager"]):
            self.range = gr.Markdown(elem_id="ledger-range")
            self.newer = gr.Button("Newer", size="sm", visible=False, elem_id="ledger-newer")
            self.older = gr.Button("Older", size="sm", visible=False, elem_id="ledger-older")
        self.offset = gr.State(0)
        self.batch = gr.State(None)
        self.person = person.build()
        with gr.Row():
            self.undo_batch = gr.Button(
                "Undo a batch: choose a row", interactive=False, size="sm", elem_id="undo-batch"
            )
            self.since = gr.DateTime(
                label="Mine since (clock of this machine)", type="datetime", elem_id="undo-moment"
            )
            self.undo_since = gr.Button("Undo mine since then", size="sm", elem_id="undo-since")
        self.batch_question = Confirmation("Undo the batch", elem_id="confirm-batch")
        self.since_question = Confirmation("Undo them", elem_id="confirm-since")
        self.exchange = LedgerExchange(ctx)

    def listen(self, clock: Clock, tab: gr.Tab) -> None:
        """Attach what filters and buttons do; the clock reads the ledger again when it grows."""
        filters = [self.text, self.kind, self.by]
        page = [self.table, self.range, self.newer, self.older]
        turned = [self.offset, *page]
        changed = [events.entered(control) for control in filters]
        gr.on(changed, self.first_rows, filters, turned, **events.LAST)
        for button, step in ((self.newer, -ROWS), (self.older, ROWS)):
            turn = functools.partial(self.turn, step)
            button.click(turn, [*filters, self.offset], turned, **events.ONCE)
        clock.on("samples", self.rows, page, [*filters, self.offset])
        tab.select(self.opened, None, [self.by, self.since], **events.LAST)
        self.table.select(self.chosen, self.table, [self.batch, self.undo_batch], **events.EACH)
        self._listen_undo()

    def _listen_undo(self) -> None:
        for button, asking, value, question, undo in (
            (self.undo_batch, self.ask_batch, self.batch, self.batch_question, self.on_undo_batch),
            (self.undo_since, self.ask_since, self.since, self.since_question, self.on_undo_since),
        ):
            named = button.click(None, None, self.person, js=person.JS)
            named.then(events.shown(asking), [self.person, value], question.outputs, **events.LAST)
            question.agreed(undo, self.person)

    def opened(self) -> tuple[Any, datetime]:
        """Return who may be chosen, and the moment from which one's own work is offered."""
        people = pages.people(self._ctx.workspace)
        choices = [("Everybody", ""), *((name, name) for name in people)]
        return gr.update(choices=choices), _usual_since()

    def rows(self, text: str, kind: str, by: str, offset: int) -> list[Any]:
        """Return one page of the decisions that match, and which ones these are."""
        query = HistoryQuery(
            text=text.strip(),
            who=by,
            kinds=(DecisionKind(kind),) if kind else (),
            limit=ROWS,
            offset=offset,
        )
        table, total = pages.table(self._ctx.workspace, query)
        last = offset + len(table)
        span = f"{offset + 1:,}–{last:,} of {total:,}" if total else _none(text, kind, by)
        return [
            shown(table),
            span,
            gr.update(visible=offset > 0),
            gr.update(visible=last < total),
        ]

    def first_rows(self, text: str, kind: str, by: str) -> list[Any]:
        """Return where the first page begins, and that page."""
        return [0, *self.rows(text, kind, by, 0)]

    def turn(self, step: int, text: str, kind: str, by: str, offset: int) -> list[Any]:
        """Return where the page lies that is `step` decisions further, and that page."""
        offset = max(0, offset + step)
        return [offset, *self.rows(text, kind, by, offset)]

    def chosen(self, table: pd.DataFrame, event: gr.SelectData) -> tuple[int, Any]:
        """Return the batch of the row that was chosen, and what the button offers for it."""
        row = table.iloc[event.index[0]]
        batch = int(row["Batch"])
        possible = row["State"] == ""
        label = f"Undo batch {batch}" if possible else f"Batch {batch}: {row['State'].lower()}"
        return batch, gr.update(value=label, interactive=possible)

    def ask_batch(self, who: str, batch: int) -> tuple[Any, str, Any]:
        """Return the question before a batch is undone, which says how many and whose."""
        del who
        rows, _ = pages.table(self._ctx.workspace, HistoryQuery(batch=batch, limit=None))
        standing = rows[rows["state"] == "applied"]
        if standing.empty:
            raise AppError(
                f"Nothing of batch {batch} can be taken back any more.",
                title="Already taken back",
                hint="Choose another row.",
            )
        people = " and ".join(sorted(set(standing["who"])))
        return self.batch_question.ask(
            f"Undo batch {batch}: {count(len(standing), 'decision')} of {people}? The ledger keeps "
            "it all; what somebody has changed since stays as it is.",
            batch,
        )

    def ask_since(self, who: str, since: datetime | None) -> tuple[Any, str, Any]:
        """Return the question before one's own decisions since a moment are undone."""
        begin = _moment(since)
        query = HistoryQuery(who=person.name(who), since=begin, limit=0)
        _, total = pages.table(self._ctx.workspace, query)
        return self.since_question.ask(
            f"The ledger has {count(total, 'row')} of yours since {moment(begin)}. What still "
            "stands of them is taken back, where nobody has changed it since. The ledger keeps "
            "it all, and one redo brings it back.",
            begin,
        )

    def on_undo_batch(self, batch: int, who: str) -> None:
        """Take a batch back."""
        tell(undoing.undo(self._ctx.workspace, person.name(who), batch))

    def on_undo_since(self, begin: datetime, who: str) -> None:
        """Take back what the person has decided since a moment."""
        tell(undoing.undo_since(self._ctx.workspace, person.name(who), begin))


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a page of `pages.table` under the words of the screen."""
    rows = [
        (
            row["batch"],
            moment(row["when"].to_pydatetime()),
            row["who"],
            row["file"],
            words.decision(row),
            "" if row["state"] == "applied" else row["state"].capitalize(),
            words.REASONS.get(row["reason"], row["reason"]),
            row["note"],
            words.ARMS.get(row["queue"], row["queue"]),
        )
        for row in table.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(HEADS))


def tell(result: BatchResult) -> None:
    """Say what an undo has done."""
    undone = f"Undone: {count(result.applied, 'decision')}"
    if result.refused:
        undone += f"; {count(len(result.refused), 'other')} changed since, left as they are"
    events.info(undone)


def _none(text: str, kind: str, by: str) -> str:
    if text.strip() or kind or by:
        return "No decision matches."
    return "Nobody has decided anything yet."


def _moment(since: datetime | None) -> datetime:
    """Return a moment of this machine's clock in UTC; where none was chosen, the usual one."""
    return (_usual_since() if since is None else since).astimezone(UTC)


def _usual_since() -> datetime:
    return datetime.now() - timedelta(hours=UNDO_HOURS)
