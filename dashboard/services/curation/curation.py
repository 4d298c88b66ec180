"""Curation decisions: every one committed, with its author, before anybody says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.curation import decision_rules
from core.curation.decision_rules import Change
from core.errors import AppError
from core.types import (
    BatchResult,
    ClassId,
    DecisionKind,
    Refused,
    SampleId,
    SampleQuery,
    SampleState,
    Status,
    Suggestion,
    spelling,
)
from dashboard.services.curation import reader_agreement
from dashboard.services.splits import placement
from storage.ledger import decisions
from storage.ledger.decisions import NewDecision
from storage.queries.sample_view import SqliteView
from storage.samples import classes, patients, samples
from storage.workspace.folder import Workspace

MOVED_ON = "moved on"
"""Why a decision is refused whose sample is not as its author saw it."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person decides, whatever the samples."""

    kind: DecisionKind
    who: str
    label: ClassId | None = None
    """For a relabelling or an opinion."""
    patient: str | None = None
    """Name of a patient; empty or None: the patient is not known."""
    join: SampleId | None = None
    reason: str = ""
    note: str = ""
    suggested_by: Suggestion | None = None
    origin: str = ""
    """The row of another ledger that is taken over."""
    keeps_out: bool = False
    """What is excluded stays so, as where a class is merged into another."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A sample to decide on, and the state that its author saw (None: decided unseen)."""

    sample: SampleId
    expected: SampleState | None = None
    suggested_by: Suggestion | None = None
    """The queue that showed this one; else that of the order."""


def decide(workspace: Workspace, order: Order, choices: Sequence[Choice]) -> BatchResult:
    """Record a batch of decisions and apply those whose sample is as its author saw it.

    One transaction: all of it is kept, or nothing. What was refused is in the ledger, too.
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
        wanted = now if why else _outcome(order, change, now)
        rows.append(_row(batch, order, choice, now, wanted, not why))
        if why:
            refused.append(Refused(sample=choice.sample, why=why))
        else:
            after[choice.sample] = wanted
    keep(session, rows, after, states)
    return BatchResult(
        batch=batch if rows else None, applied=len(after), refused=told(session, refused)
    )


def decide_matching(
    workspace: Workspace, order: Order, query: SampleQuery, expected_count: int, seen: int
) -> BatchResult:
    """Decide on everything that a query selects, if that is still as many as the person saw.

    `seen` is the newest row of the ledger that the person could know of: samples that have been
    decided on since are not as he saw them. SQLite answers, not the view: it is what the decision
    is made on.
    """
    matching = SqliteView(workspace).ids(query)
    if len(matching) != expected_count:
        raise AppError(
            f"The selection held {expected_count} samples and now holds {len(matching)}: "
            "nothing was changed.",
            title="The selection has changed",
            hint="Look at it again, then decide.",
        )
    with workspace.transaction() as session:
        moved = decisions.states_at(session, seen)
        choices = [Choice(sample=sample, expected=moved.get(sample)) for sample in matching]
        return decide_in(session, order, choices)


def _change(session: Session, order: Order) -> Change:
    patient = None
    named = spelling.plain(order.patient or "")
    if order.kind is DecisionKind.SET_PATIENT and named:
        patient = patients.ensure(session, named)
    if order.kind in (DecisionKind.RELABEL, DecisionKind.OPINION):
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


def _outcome(order: Order, change: Change, now: SampleState) -> SampleState:
    after = decision_rules.outcome(change, now)
    stays_out = order.keeps_out and now.status is Status.EXCLUDED
    return replace(after, status=now.status) if stays_out else after


def _refusal(change: Change, choice: Choice, now: SampleState) -> str:
    if choice.expected is not None and choice.expected != now:
        return MOVED_ON
    return decision_rules.refusal(change, choice.sample, now)


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
        opinion=order.label if order.kind is DecisionKind.OPINION else None,
        origin=order.origin,
    )


def keep(
    session: Session,
    rows: Sequence[NewDecision],
    after: Mapping[SampleId, SampleState],
    before: Mapping[SampleId, SampleState],
) -> None:
    """Append rows to the ledger and make the states of their samples what they say."""
    decisions.record(session, rows)
    changed = {sample: state for sample, state in after.items() if state != before[sample]}
    samples.write_states(session, changed)
    reader_agreement.follow(session, [row.sample for row in rows])
    if any(
        (state.patient, state.links) != (before[sample].patient, before[sample].links)
        for sample, state in changed.items()
    ):
        placement.regroup(session)


def told(session: Session, refused: Iterable[Refused]) -> tuple[Refused, ...]:
    """Replace `MOVED_ON` by a sentence that names who has decided in the meantime."""
    listed = list(refused)
    moved = [row.sample for row in listed if row.why == MOVED_ON]
    authors = decisions.last_authors(session, moved)
    return tuple(
        row
        if row.why != MOVED_ON
        else Refused(
            sample=row.sample,
            why=f"{authors.get(row.sample, 'somebody')} has changed it since you looked",
        )
        for row in listed
    )
