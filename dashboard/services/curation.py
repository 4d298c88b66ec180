"""Curation decisions: every one committed, with its author, before anybody says so."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core import ledger
from core.errors import AppError
from core.ledger import Change
from core.types import (
    BatchResult,
    ClassId,
    CurationDecision,
    DecisionKind,
    Refused,
    SampleId,
    SampleQuery,
    SampleState,
    Suggestion,
)
from dashboard.services import splitting
from storage import classes, decisions, patients, samples
from storage.decisions import NewDecision
from storage.sample_query import SampleView
from storage.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person decides, whatever the samples."""

    kind: DecisionKind
    who: str
    label: ClassId | None = None
    patient: str | None = None
    """Name of a patient; empty or None: the patient is not known."""
    join: SampleId | None = None
    reason: str = ""
    note: str = ""
    suggested_by: Suggestion | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A sample to decide on, and the state that its author saw (None: decided unseen)."""

    sample: SampleId
    expected: SampleState | None = None
    suggested_by: Suggestion | None = None
    """The queue that showed this one; else that of the order."""


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """A batch as the undo button names it."""

    batch: int
    kind: DecisionKind
    label: ClassId | None
    count: int


def decide(workspace: Workspace, order: Order, choices: Sequence[Choice]) -> BatchResult:
    """Record a batch of decisions and apply those whose sample is as its author saw it.

    One transaction: all of it is kept, or nothing. What was refused stands in the ledger, too.
    """
    if not choices:
        return BatchResult(batch=None, applied=0)
    with workspace.transaction() as session:
        return decide_in(session, order, choices)


def decide_in(session: Session, order: Order, choices: Sequence[Choice]) -> BatchResult:
    """Do what `decide` does as a part of another use case's transaction."""
    change = _change(session, order)
    unique = list({choice.sample: choice for choice in choices}.values())
    states = samples.states(session, [choice.sample for choice in unique])
    batch = decisions.next_batch(session)
    rows, refused, after = [], [], {}
    for choice in unique:
        now = states.get(choice.sample)
        if now is None:
            refused.append(Refused(sample=choice.sample, why="it is not in this data set"))
            continue
        why = _refusal(change, choice, now)
        wanted = now if why else ledger.outcome(change, now)
        rows.append(_row(batch, order, choice, now, wanted, not why))
        if why:
            refused.append(Refused(sample=choice.sample, why=why))
        else:
            after[choice.sample] = wanted
    decisions.record(session, rows)
    _apply(session, after, states)
    return BatchResult(
        batch=batch if rows else None, applied=len(after), refused=_told(session, refused)
    )


def decide_matching(
    workspace: Workspace, view: SampleView, order: Order, query: SampleQuery, expected_count: int
) -> BatchResult:
    """Decide on everything that a query selects, if that is still as many as the person saw."""
    found = view.ids(query)
    if len(found) != expected_count:
        raise AppError(
            f"The selection held {expected_count} samples and now holds {len(found)}: "
            "nothing was changed.",
            title="The selection has changed",
            hint="Look at it again, then decide.",
        )
    return decide(workspace, order, [Choice(sample=sample) for sample in found])


def undo(
    workspace: Workspace, who: str, batch: int | None = None, sample: SampleId | None = None
) -> BatchResult:
    """Take back a batch (default: the person's own last one) where nothing has changed since.

    With `sample` only that sample's part of it.
    Undoing is recorded as a batch of its own. Raises AppError when there is nothing to undo.
    """
    with workspace.transaction() as session:
        number = decisions.last_batch(session, who) if batch is None else batch
        if number is None:
            raise AppError(
                "There is no decision of yours left to undo.",
                title="Nothing to undo",
                hint="Name a batch to undo somebody else's; the ledger lists them.",
            )
        return _take_back(session, who, number, sample)


def redo(workspace: Workspace, who: str) -> BatchResult:
    """Take back the person's own last undo. Raises AppError when there is none."""
    with workspace.transaction() as session:
        number = decisions.last_undo(session, who)
        if number is None:
            raise AppError(
                "There is no undo of yours left to take back.",
                title="Nothing to redo",
                hint="Redo is possible right after an undo, before the next decision.",
            )
        return _take_back(session, who, number)


def history(
    workspace: Workspace,
    *,
    sample: SampleId | None = None,
    batch: int | None = None,
    text: str = "",
    limit: int | None = 200,
    offset: int = 0,
) -> list[CurationDecision]:
    """Return the newest rows of the ledger that match, oldest first."""
    with workspace.read() as session:
        return decisions.history(
            session, sample=sample, batch=batch, text=text, limit=limit, offset=offset
        )


def last_batch(workspace: Workspace, who: str) -> BatchSummary | None:
    """Return what the next undo of this person would take back."""
    with workspace.read() as session:
        number = decisions.last_batch(session, who)
        rows = [] if number is None else decisions.batch(session, number)
    applied = [row for row in rows if row.applied]
    if not applied:
        return None
    first = applied[0]
    return BatchSummary(
        batch=first.batch, kind=first.kind, label=first.after.label, count=len(applied)
    )


def _change(session: Session, order: Order) -> Change:
    patient = None
    if order.kind is DecisionKind.SET_PATIENT and order.patient and order.patient.strip():
        patient = patients.ensure(session, order.patient.strip())
    if order.kind is DecisionKind.RELABEL:
        _check_class(session, order.label)
    if order.kind is DecisionKind.JOIN:
        _check_sample(session, order.join)
    return Change(kind=order.kind, label=order.label, patient=patient, link=order.join)


def _check_class(session: Session, label: ClassId | None) -> None:
    if label is None:
        raise AppError(
            "No class was named.", title="Nothing to do", hint="Name the class to relabel to."
        )
    if label not in _class_ids(session):
        name = classes.names(session).get(label)
        raise AppError(
            f"{name or 'This class'} is not in the list of classes"
            f"{' any more' if name else ''}: nothing was changed.",
            title="No such class",
            hint="Add the class, or choose another one.",
        )


def _class_ids(session: Session) -> set[ClassId]:
    return {info.id for info in classes.all(session)}


def _check_sample(session: Session, sample: SampleId | None) -> None:
    if sample is None:
        raise AppError(
            "No sample was named.", title="Nothing to do", hint="Name the sample to join with."
        )
    if not samples.states(session, [sample]):
        raise AppError(
            f"There is no sample {sample} to join with: nothing was changed.",
            title="No such sample",
            hint="Look at the samples again, then decide.",
        )


def _refusal(change: Change, choice: Choice, now: SampleState) -> str:
    if choice.expected is not None and choice.expected != now:
        return "moved on"
    return ledger.refusal(change, choice.sample, now)


def _row(
    batch: int,
    order: Order,
    choice: Choice,
    before: SampleState,
    after: SampleState,
    applied: bool,
) -> NewDecision:
    return NewDecision(
        batch=batch,
        sample=choice.sample,
        kind=order.kind,
        expected=choice.expected,
        before=before,
        after=after,
        applied=applied,
        who=order.who,
        reason=order.reason,
        note=order.note,
        suggested_by=choice.suggested_by or order.suggested_by,
    )


def _apply(
    session: Session,
    after: Mapping[SampleId, SampleState],
    before: Mapping[SampleId, SampleState],
) -> None:
    samples.write_states(session, after)
    if any(
        (state.patient, state.links) != (before[sample].patient, before[sample].links)
        for sample, state in after.items()
    ):
        splitting.regroup(session)


def _told(session: Session, refused: Iterable[Refused]) -> tuple[Refused, ...]:
    """Replace "moved on" by a sentence that names who has decided in the meantime."""
    listed = list(refused)
    moved = [row.sample for row in listed if row.why == "moved on"]
    authors = decisions.last_authors(session, moved)
    return tuple(
        row
        if row.why != "moved on"
        else Refused(
            sample=row.sample,
            why=f"{authors.get(row.sample, 'somebody')} has changed it since you looked",
        )
        for row in listed
    )


def _take_back(
    session: Session, who: str, number: int, sample: SampleId | None = None
) -> BatchResult:
    done = decisions.cancelled(session, [row.number for row in decisions.batch(session, number)])
    rows = [
        row
        for row in decisions.batch(session, number)
        if row.applied and row.number not in done and sample in (None, row.sample)
    ]
    if not rows:
        raise AppError(
            f"Batch {number} has nothing that could be undone.",
            title="Nothing to undo",
            hint="It was undone before, or there is no such batch; the ledger lists them.",
        )
    states = samples.states(session, [row.sample for row in rows])
    batch = decisions.next_batch(session)
    known = _class_ids(session)
    undone = [_undoing(row, batch, who, states[row.sample], known) for row in reversed(rows)]
    decisions.record(session, undone)
    after = {row.sample: row.after for row in undone if row.applied}
    _apply(session, after, states)
    refused = [
        Refused(
            sample=row.sample,
            why="moved on" if row.before != row.expected else "its class has been removed since",
        )
        for row in undone
        if not row.applied
    ]
    return BatchResult(batch=batch, applied=len(after), refused=_told(session, refused))


def _undoing(
    row: CurationDecision, batch: int, who: str, now: SampleState, known: Container[ClassId]
) -> NewDecision:
    gone = row.before.label is not None and row.before.label not in known
    unchanged = now == row.after and not gone
    return NewDecision(
        batch=batch,
        sample=row.sample,
        kind=DecisionKind.UNDO,
        expected=row.after,
        before=now,
        after=row.before if unchanged else now,
        applied=unchanged,
        who=who,
        undoes=row.number,
    )
