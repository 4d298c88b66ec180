"""What has been taken back: an undo is a row like any other, and can be undone itself (a redo)."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.types import DecisionKind
from storage.database import sql
from storage.database.tables import DecisionRow


def cancelled(session: Session, numbers: Sequence[int]) -> set[int]:
    """Return those rows that an applied undo has taken back and no redo has brought again."""
    children = _children(session, numbers)
    applied = [row.number for row in children if row.applied]
    if not applied:
        return set()
    gone = cancelled(session, applied)
    kept = {number for number in applied if number not in gone}
    return {row.undoes for row in children if row.number in kept}


def is_undone(session: Session, number: int) -> bool:
    """Say whether a person's last word on a batch is to undo it (some rows may have refused)."""
    attempts: dict[int, list[int]] = {}
    for row in _children(session, _numbers(session, number)):
        attempts.setdefault(row.batch, []).extend([row.number] if row.applied else [])
    return any(
        not applied or len(cancelled(session, applied)) < len(applied)
        for applied in attempts.values()
    )


def last_batch(session: Session, who: str) -> int | None:
    """Return a person's newest batch that is no undo and has not been undone."""
    return next(
        (
            number
            for number, kind in _batches(session, who)
            if kind != DecisionKind.UNDO and not is_undone(session, number)
        ),
        None,
    )


def last_undo(session: Session, who: str) -> int | None:
    """Return a person's newest undo that can be redone: since then they have decided nothing."""
    for number, kind in _batches(session, who):
        if kind != DecisionKind.UNDO:
            return None
        if not _is_redo(session, number) and not is_undone(session, number):
            return number
    return None


def _is_redo(session: Session, number: int) -> bool:
    target = aliased(DecisionRow)
    statement = (
        select(target.kind)
        .join(DecisionRow, DecisionRow.undoes == target.number)
        .where(DecisionRow.batch == number)
        .limit(1)
    )
    return session.scalar(statement) == DecisionKind.UNDO


def _batches(session: Session, who: str) -> Iterator[tuple[int, str]]:
    """Yield a person's batches in which something was applied, newest first."""
    below = None
    while True:
        statement = select(DecisionRow.batch, DecisionRow.kind).where(
            DecisionRow.who == who, DecisionRow.applied
        )
        if below is not None:
            statement = statement.where(DecisionRow.batch < below)
        row = session.execute(statement.order_by(DecisionRow.batch.desc()).limit(1)).first()
        if row is None:
            return
        below = row.batch
        yield row.batch, row.kind


def _numbers(session: Session, batch_number: int) -> list[int]:
    return list(
        session.scalars(select(DecisionRow.number).where(DecisionRow.batch == batch_number))
    )


def _children(session: Session, numbers: Sequence[int]) -> Sequence[Any]:
    columns = DecisionRow.number, DecisionRow.batch, DecisionRow.undoes, DecisionRow.applied
    statement = select(*columns).where(DecisionRow.undoes.in_(sql.listed(numbers)))
    return session.execute(statement).all()
