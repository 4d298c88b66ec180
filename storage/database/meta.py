"""Small facts about a workspace: its uuid, the active run, settings of the whole project."""

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from storage.database.tables import MetaRow


def get(session: Session, key: str) -> str | None:
    """Return the value of a key, or None."""
    row = session.get(MetaRow, key)
    return None if row is None else row.value


def put(session: Session, key: str, value: str | None) -> None:
    """Set a key; None removes it."""
    if value is None:
        session.execute(delete(MetaRow).where(MetaRow.key == key))
        return
    row = insert(MetaRow).values(key=key, value=value)
    session.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def setdefault(session: Session, key: str, value: str) -> str:
    """Set a key unless it is set, and return what it is now."""
    session.execute(insert(MetaRow).values(key=key, value=value).on_conflict_do_nothing())
    stored = get(session, key)
    return value if stored is None else stored
