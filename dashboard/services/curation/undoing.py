"""Taking decisions back, and taking that back: always by new rows of the ledger."""

from collections.abc import Container, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import (
    BatchResult,
    ClassId,
    CurationDecision,
    DecisionKind,
    Refused,
    SampleId,
    SampleState,
)
from dashboard.services.curation import curation
from storage.ledger import decisions, undo_state
from storage.ledger.decisions import NewDecision
from storage.samples import classes, samples
from storage.workspace.folder import Workspace


def undo(
    workspace: Workspace, who: str, batch: int | None = None, sample: SampleId | None = None
) -> BatchResult:
    """Take back a batch (default: the person's own last one) where nothing has changed since.

    With `sample` only that sample's part of it.
    Undoing is recorded as a batch of its own. Raises AppError when there is nothing to undo.
    """
    with workspace.transaction() as session:
        number = undo_state.last_batch(session, who) if batch is None else batch
        if number is None:
            raise AppError(
                "There is no decision of yours left to undo.",
                title="Nothing to undo",
                hint="Name a batch to undo somebody else's; the ledger lists them.",
            )
        rows = decisions.batch(session, number)
        chosen = [row for row in rows if sample in (None, row.sample)]
        return _take_back(session, who, chosen, f"Batch {number} has nothing that could be undone.")


def undo_since(
    workspace: Workspace, who: str, moment: datetime, *, everybody: bool = False
) -> BatchResult:
    """Take back everything that a person (or everybody) has decided since a moment, newest first.

    Undone is what still stands; what cannot be is counted and named. One batch, one transaction.
    Raises AppError when there is nothing to undo.
    """
    with workspace.transaction() as session:
        rows = decisions.made_since(session, moment, None if everybody else who)
        chosen = [row for row in rows if row.kind is not DecisionKind.UNDO]
        whose = "No decision" if everybody else "No decision of yours"
        return _take_back(session, who, chosen, f"{whose} since then is left to undo.")


def redo(workspace: Workspace, who: str) -> BatchResult:
    """Take back the person's own last undo. Raises AppError when there is none."""
    with workspace.transaction() as session:
        number = undo_state.last_undo(session, who)
        if number is None:
            raise AppError(
                "There is no undo of yours left to take back.",
                title="Nothing to redo",
                hint="Redo is possible right after an undo, before the next decision.",
            )
        rows = decisions.batch(session, number)
        return _take_back(session, who, rows, "That undo has been taken back already.")


def _take_back(
    session: Session, who: str, chosen: Sequence[CurationDecision], nothing: str
) -> BatchResult:
    done = undo_state.cancelled(session, [row.number for row in chosen])
    rows = [row for row in chosen if row.applied and row.number not in done]
    if not rows:
        raise AppError(
            nothing,
            title="Nothing to undo",
            hint="It was undone before, or there is no such batch; the ledger lists them.",
        )
    before = samples.states(session, [row.sample for row in rows])
    now = dict(before)
    batch = decisions.next_batch(session)
    class_ids = {info.id for info in classes.all(session)}
    undone = []
    for row in reversed(rows):
        # Newest first: what an earlier row of the same sample finds is what the later one left.
        undone.append(_undoing(row, batch, who, now[row.sample], class_ids))
        now[row.sample] = undone[-1].after
    after = {row.sample: now[row.sample] for row in undone if row.applied}
    curation.keep(session, undone, after, before)
    refused = [
        Refused(
            sample=row.sample,
            why=curation.MOVED_ON
            if row.before != row.expected
            else "its class has been removed since",
        )
        for row in undone
        if not row.applied
    ]
    return BatchResult(
        batch=batch,
        applied=sum(row.applied for row in undone),
        refused=curation.told(session, refused),
    )


def _undoing(
    row: CurationDecision, batch: int, who: str, now: SampleState, class_ids: Container[ClassId]
) -> NewDecision:
    if _says_only(row):
        # It changed no state, so there is none to restore, whatever has happened since.
        expected, after, possible = now, now, True
    else:
        gone = row.before.label is not None and row.before.label not in class_ids
        expected, possible = row.after, now == row.after and not gone
        after = row.before if possible else now
    return NewDecision(
        batch=batch,
        sample=row.sample,
        kind=DecisionKind.UNDO,
        expected=expected,
        before=now,
        after=after,
        applied=possible,
        who=who,
        undoes=row.number,
    )


def _says_only(row: CurationDecision) -> bool:
    """Return whether a row is an opinion, or takes back one: no state was changed by it."""
    kinds = (DecisionKind.OPINION, DecisionKind.UNDO)
    return row.kind in kinds and row.before == row.after
