"""The order of waiting runs, and the mark that keeps a run out of lists."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.types import RunId
from storage.database.run_tables import RunRow


def next_place(session: Session) -> int:
    """Return the place at the end of the queue."""
    return (session.scalar(select(func.max(RunRow.place))) or 0) + 1


def swap_places(session: Session, run: RunId, other: RunId) -> None:
    """Let two waiting runs change places."""
    rows = {
        row.id: row for row in session.scalars(select(RunRow).where(RunRow.id.in_([run, other])))
    }
    first, second = rows[run], rows[other]
    first.place, second.place = second.place, first.place


def hide(session: Session, run: RunId, when: datetime | None) -> None:
    """Mark a run as deleted at a moment, or (None) take the mark away; its files stay."""
    session.execute(update(RunRow).where(RunRow.id == run).values(deleted=when))


def states(session: Session) -> list[tuple[object, ...]]:
    """Return what changes about runs, a row per run: equal lists mean that nothing has happened."""
    columns = (
        RunRow.id,
        RunRow.status,
        RunRow.place,
        RunRow.active,
        RunRow.epochs_done,
        RunRow.message,
        RunRow.test_opened,
        RunRow.deleted,
    )
    return [tuple(row) for row in session.execute(select(*columns).order_by(RunRow.number))]
