"""A throw-away copy of a workspace's database, to find out what a use case would do."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.workspace.folder import DATABASE_FILE, Workspace


@contextmanager
def copy(workspace: Workspace) -> Iterator[Workspace]:
    """Give a workspace with the same rows and no files; what is written to it is lost."""
    with tempfile.TemporaryDirectory(prefix="ai-mpox-rehearsal-") as folder:
        with (
            closing(sqlite3.connect(workspace.folder / DATABASE_FILE)) as source,
            closing(sqlite3.connect(Path(folder) / DATABASE_FILE)) as target,
        ):
            source.backup(target)
        rehearsal = Workspace.open(Path(folder))
        try:
            yield rehearsal
        finally:
            rehearsal.close()
