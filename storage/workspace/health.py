"""Whether a workspace is whole: its database, and the photographs that the database speaks of."""

from sqlalchemy import select, text

from storage.database.tables import ImageRow
from storage.workspace.folder import Workspace


def damage(workspace: Workspace) -> str | None:
    """Return SQLite's complaint about the database file, or None when it is sound."""
    with workspace.read() as session:
        answer = str(session.execute(text("PRAGMA quick_check(1)")).scalar_one())
    return None if answer == "ok" else answer


def missing_photographs(workspace: Workspace) -> tuple[int, int]:
    """Return how many photographs the database knows, and how many of them have no file."""
    with workspace.read() as session:
        files = list(session.scalars(select(ImageRow.file)))
    there = {
        f"{file.parent.name}/{file.name}" for file in workspace.media.glob("*/*") if file.is_file()
    }
    return len(files), sum(file not in there for file in files)
