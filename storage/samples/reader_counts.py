"""How many people have read a sample, and whether they disagree: columns that follow the ledger."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from core.types import SampleId
from storage.database import base, revisions, sql
from storage.database.tables import SampleRow


def put(session: Session, new: Mapping[SampleId, tuple[int, bool]]) -> None:
    """Set (readers, disputed) of samples; those that change are stamped."""
    columns = SampleRow.id, SampleRow.readers, SampleRow.disputed
    rows = session.execute(select(*columns).where(SampleRow.id.in_(sql.listed(new))))
    changed = [SampleId(key) for key, *now in rows if tuple(now) != new[SampleId(key)]]
    if not changed:
        return
    table = base.table(SampleRow)
    statement = update(table).where(table.c.id == bindparam("key"))
    session.connection().execute(
        statement.values(readers=bindparam("people"), disputed=bindparam("open")),
        [{"key": key, "people": new[key][0], "open": new[key][1]} for key in changed],
    )
    revisions.touch(session, changed)
