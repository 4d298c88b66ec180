"""The SQLite file: one engine, short write transactions, reads that never wait for writers."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import spelling
from storage.database import migrations

BUSY_SECONDS = 10
"""How long a writer waits for another process's transaction."""


class Database:
    """An open database, migrated to the newest schema."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._readers = engine
        # A connection of its own, which never writes: to it every commit is another's.
        self._watch = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._watching = threading.Lock()
        self._unreadable = 0
        self._writers = engine.execution_options(immediate=True)

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open (or create) the file and bring its schema up to date."""
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            pool_size=8,
            max_overflow=56,
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        database = cls(engine, path)
        with _translated(), database._writers.connect() as connection:
            migrations.upgrade(connection)
        return database

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that may write; commit at the end, roll back on any error."""
        with _translated(), Session(self._writers, expire_on_commit=False) as session:
            # Take the write lock now: a read that upgrades later would fail under concurrency.
            session.connection()
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session with a consistent snapshot; writing through it is refused by SQLite."""
        with _translated(), Session(self._readers, expire_on_commit=False) as session:
            yield session

    def version(self) -> int:
        """Return a number that is another one after every commit, of whatever process.

        It takes microseconds, so it can be asked again and again, and means nothing by itself.
        Where the file cannot be read it is another one each time: who looks then meets the error.
        """
        with self._watching:
            try:
                return int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                self._unreadable -= 1
                return self._unreadable

    def close(self) -> None:
        """Close all connections."""
        self._watch.close()
        self._readers.dispose()


def _configure(connection: SqliteConnection, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin` does, with the right lock.
    connection.isolation_level = None
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    connection.create_function("folded", 1, _folded, deterministic=True)
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _folded(text: str | None) -> str | None:
    return None if text is None else spelling.folded(text)


def _begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get("immediate"))
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn SQLite errors about disk, locks and files into an AppError; the rest stays a bug."""
    try:
        yield
    except DatabaseError as error:
        expected = _in_words(str(error.orig))
        if expected is None:
            raise
        raise expected from error


def _in_words(message: str) -> AppError | None:
    causes = {
        "disk is full": (
            "The disk is full: nothing of this step was saved, everything before it is safe.",
            "Disk is full",
            "Free some space, then do it again.",
        ),
        "disk I/O error": (
            "The disk did not accept a write: nothing of this step was saved.",
            "Disk error",
            "Check the disk and the space left on it, then do it again.",
        ),
        "database is locked": (
            f"Another program has been writing to this workspace for over {BUSY_SECONDS} seconds.",
            "Workspace is busy",
            "Wait until it is done, then do it again; nothing was saved by this step.",
        ),
        "readonly database": (
            "This workspace may not be written to.",
            "Workspace is read-only",
            "Check the permissions of its folder.",
        ),
        "unable to open database file": (
            "The workspace's database cannot be opened.",
            "Workspace cannot be opened",
            "Check that the folder exists, may be written to, and that its disk has space.",
        ),
        "file is not a database": (
            "The file ai-mpox.sqlite of this workspace is not a database.",
            "Workspace is damaged",
            "Restore it from a backup, or choose another workspace folder.",
        ),
        "malformed": (
            "The database of this workspace is damaged.",
            "Workspace is damaged",
            "Restore ai-mpox.sqlite from a backup.",
        ),
    }
    for part, (sentence, title, hint) in causes.items():
        if part in message:
            return AppError(sentence, title=title, hint=hint)
    return None
