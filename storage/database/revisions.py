"""The revision counter: what changed since, so that the view can catch up in pages."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.types import SampleId
from storage.database import base, sql
from storage.database.tables import CounterRow, SampleRow


def newest(session: Session) -> int:
    """Return the newest number of the revision counter."""
    return session.scalar(select(CounterRow.value).where(CounterRow.name == "revision")) or 0


def draw(session: Session, count: int) -> range:
    """Draw the next numbers of the counter."""
    counter = insert(CounterRow).values(name="revision", value=count)
    last = session.execute(
        counter.on_conflict_do_update(
            index_elements=["name"], set_={"value": CounterRow.value + count}
        ).returning(CounterRow.value)
    ).scalar_one()
    return range(last - count + 1, last + 1)


def touch(session: Session, ids: Iterable[SampleId]) -> None:
    """Stamp samples whose cards changed although their row here did not (a new source, ...)."""
    wanted = list(dict.fromkeys(ids))
    rows = [
        {"id": sample, "revision": revision}
        for sample, revision in zip(wanted, draw(session, len(wanted)), strict=True)
    ]
    sql.update_each(session, base.table(SampleRow), "id", rows)
