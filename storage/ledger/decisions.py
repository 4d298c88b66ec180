"""The append-only ledger of curation decisions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from core.types import (
    ClassId,
    CurationDecision,
    DecisionKind,
    HistoryQuery,
    SampleId,
    SampleState,
    Suggestion,
    spelling,
)
from storage.database import base, sql
from storage.database.tables import CounterRow, DecisionRow, SampleRow


@dataclass(frozen=True, kw_only=True)
class NewDecision:
    """A row that is about to be recorded; number and time are given by the ledger."""

    batch: int
    sample: SampleId
    kind: DecisionKind
    expected: SampleState | None
    before: SampleState
    after: SampleState
    applied: bool
    who: str
    undoes: int | None = None
    reason: str = ""
    note: str = ""
    suggested_by: Suggestion | None = None
    opinion: ClassId | None = None
    origin: str = ""


def next_batch(session: Session) -> int:
    """Draw the number of a new batch."""
    counter = sqlite.insert(CounterRow).values(name="batch", value=1)
    return session.execute(
        counter.on_conflict_do_update(
            index_elements=["name"], set_={"value": CounterRow.value + 1}
        ).returning(CounterRow.value)
    ).scalar_one()


def record(session: Session, rows: Sequence[NewDecision]) -> list[int]:
    """Append rows, all at one time that is never before the last row's; return their numbers.

    Raises AppError for a note or a name of an author that is too long.
    """
    if not rows:
        return []
    for who, note in {(row.who, row.note) for row in rows}:
        spelling.check(who, "The name of the person who decides", spelling.LONGEST_PERSON)
        spelling.check(note, "The note", spelling.LONGEST_NOTE)
    first = (session.scalar(select(func.max(DecisionRow.number))) or 0) + 1
    last_time = session.scalar(select(DecisionRow.at).order_by(DecisionRow.number.desc()).limit(1))
    now = datetime.now(UTC)
    at = now if last_time is None else max(now, last_time)
    numbers = list(range(first, first + len(rows)))
    session.connection().execute(
        insert(base.table(DecisionRow)),
        [_columns(row, number, at) for number, row in zip(numbers, rows, strict=True)],
    )
    return numbers


def history(session: Session, query: HistoryQuery) -> list[CurationDecision]:
    """Return the newest rows that match, oldest first."""
    newest = select(DecisionRow).where(_matches(query)).order_by(DecisionRow.number.desc())
    rows = session.scalars(newest.offset(query.offset).limit(query.limit))
    return [_decision(row) for row in rows][::-1]


def count(session: Session, query: HistoryQuery) -> int:
    """Count the rows that match, whatever the limit."""
    statement = select(func.count()).select_from(DecisionRow).where(_matches(query))
    return session.scalar(statement) or 0


def people(session: Session) -> list[str]:
    """Return the names of all who have decided."""
    return list(session.scalars(select(DecisionRow.who).distinct().order_by(DecisionRow.who)))


def all_rows(session: Session) -> list[CurationDecision]:
    """Return the whole ledger, oldest first."""
    return history(session, HistoryQuery(limit=None))


def batch(session: Session, number: int) -> list[CurationDecision]:
    """Return the rows of one batch."""
    return history(session, HistoryQuery(batch=number, limit=None))


def of_samples(session: Session, ids: Sequence[SampleId]) -> list[CurationDecision]:
    """Return all rows about these samples, oldest first."""
    statement = select(DecisionRow).where(DecisionRow.sample_id.in_(sql.listed(ids)))
    return [_decision(row) for row in session.scalars(statement.order_by(DecisionRow.number))]


def made_since(session: Session, moment: datetime, who: str | None) -> list[CurationDecision]:
    """Return the rows since a moment, of one person or (None) of everybody, oldest first."""
    return history(session, HistoryQuery(since=moment, who=who or "", limit=None))


def newest(session: Session) -> int:
    """Return the number of the newest row; 0 while there is none."""
    return session.scalar(select(func.max(DecisionRow.number))) or 0


def states_at(session: Session, number: int) -> dict[SampleId, SampleState]:
    """Return, for samples decided on after a row, the states that they had at that row."""
    first = (
        select(func.min(DecisionRow.number))
        .where(DecisionRow.number > number, DecisionRow.applied)
        .group_by(DecisionRow.sample_id)
    )
    columns = DecisionRow.sample_id, DecisionRow.before
    rows = session.execute(select(*columns).where(DecisionRow.number.in_(first)))
    return {SampleId(key): SampleState.from_json(before) for key, before in rows}


def origins(session: Session) -> set[str]:
    """Return where the rows come from that were imported from other ledgers."""
    return set(session.scalars(select(DecisionRow.origin).where(DecisionRow.origin != "")))


def last_authors(session: Session, ids: Sequence[SampleId]) -> dict[SampleId, str]:
    """Return who made the newest applied decision on each of the samples that has one."""
    wanted = sql.listed(ids)
    newest = (
        select(func.max(DecisionRow.number))
        .where(DecisionRow.applied, DecisionRow.sample_id.in_(wanted))
        .group_by(DecisionRow.sample_id)
    )
    rows = session.execute(
        select(DecisionRow.sample_id, DecisionRow.who).where(DecisionRow.number.in_(newest))
    )
    return {SampleId(sample): who for sample, who in rows}


def _matches(query: HistoryQuery) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if query.sample is not None:
        parts.append(DecisionRow.sample_id == query.sample)
    if query.batch is not None:
        parts.append(DecisionRow.batch == query.batch)
    if query.who:
        parts.append(DecisionRow.who == query.who)
    if query.kinds:
        parts.append(DecisionRow.kind.in_([kind.value for kind in query.kinds]))
    if query.since is not None:
        parts.append(DecisionRow.at >= query.since)
    if query.until is not None:
        parts.append(DecisionRow.at <= query.until)
    if query.text.strip():
        wanted = query.text.strip()
        files = select(SampleRow.id).where(SampleRow.file.icontains(wanted, autoescape=True))
        columns = DecisionRow.who, DecisionRow.kind, DecisionRow.reason, DecisionRow.note
        parts.append(
            or_(
                DecisionRow.sample_id.in_(files),
                *(column.icontains(wanted, autoescape=True) for column in columns),
            )
        )
    return and_(*parts)


def _columns(row: NewDecision, number: int, at: datetime) -> dict[str, Any]:
    suggested = row.suggested_by
    return {
        "number": number,
        "batch": row.batch,
        "sample_id": row.sample,
        "kind": row.kind.value,
        "expected": None if row.expected is None else row.expected.to_json(),
        "before": row.before.to_json(),
        "after": row.after.to_json(),
        "applied": row.applied,
        "undoes": row.undoes,
        "who": row.who,
        "at": at,
        "reason": row.reason,
        "note": row.note,
        "suggested_by": None if suggested is None else asdict(suggested),
        "opinion": row.opinion,
        "origin": row.origin,
    }


def _decision(row: DecisionRow) -> CurationDecision:
    suggested = row.suggested_by
    return CurationDecision(
        number=row.number,
        batch=row.batch,
        sample=SampleId(row.sample_id),
        kind=DecisionKind(row.kind),
        expected=None if row.expected is None else SampleState.from_json(row.expected),
        before=SampleState.from_json(row.before),
        after=SampleState.from_json(row.after),
        applied=row.applied,
        undoes=row.undoes,
        who=row.who,
        when=row.at,
        reason=row.reason,
        note=row.note,
        suggested_by=None if suggested is None else Suggestion(**suggested),
        opinion=None if row.opinion is None else ClassId(row.opinion),
    )
