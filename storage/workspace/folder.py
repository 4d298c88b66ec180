"""A workspace: one folder that holds a whole project."""

import uuid as uuids
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.orm import Session

from core.errors import AppError, WorkspaceInUse
from storage.database import meta, revisions
from storage.database.engine import Database

DATABASE_FILE = "ai-mpox.sqlite"
LOCK_FILE = "serving.lock"


class Workspace:
    """An open workspace. Several processes may have it open; only one serves it."""

    def __init__(self, folder: Path, database: Database, uuid: str) -> None:
        self.folder = folder
        self.database = database
        self.uuid = uuid

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> "Workspace":
        """Open the folder as a workspace, making it one first unless `create` is false."""
        file = folder / DATABASE_FILE
        if not create and not file.is_file():
            raise AppError(
                f"There is no workspace at {folder}.",
                title="No workspace",
                hint="Import photographs or run `ai-mpox demo` first, or give --workspace.",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AppError(
                f"The workspace folder {folder} cannot be made ({error.strerror}).",
                title="No workspace",
                hint="Choose a folder that you may write to with --workspace.",
            ) from error
        database = Database.open(file)
        return cls(folder.resolve(), database, _uuid(database))

    @property
    def media(self) -> Path:
        """Images by content."""
        return self.folder / "media"

    @property
    def thumbs(self) -> Path:
        """Thumbnails by content."""
        return self.folder / "thumbs"

    @property
    def runs(self) -> Path:
        """One folder per training run."""
        return self.folder / "runs"

    @property
    def exports(self) -> Path:
        """What a person asked to take away."""
        return self.folder / "exports"

    @property
    def cache(self) -> Path:
        """Everything below may be deleted at any time."""
        return self.folder / "cache"

    @property
    def fiftyone(self) -> Path:
        """The view's files; rebuilt from the rest at any time."""
        return self.folder / "fiftyone"

    def transaction(self) -> AbstractContextManager[Session]:
        """Give a session that may write; see `Database.transaction`."""
        return self.database.transaction()

    def read(self) -> AbstractContextManager[Session]:
        """Give a session with a consistent snapshot; see `Database.read`."""
        return self.database.read()

    def version(self) -> int:
        """Return a number that every commit changes; see `Database.version`."""
        return self.database.version()

    def revision(self) -> int:
        """Return the number of the newest change of any sample."""
        with self.read() as session:
            return revisions.newest(session)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Hold the right to serve this workspace; the lock goes away with the process."""
        # `is_served` of another process may hold the lock for an instant: wait a little.
        lock = FileLock(self.folder / LOCK_FILE, timeout=0.25)
        try:
            lock.acquire()
        except Timeout as error:
            raise WorkspaceInUse(
                "This workspace is already open in another dashboard.",
                title="Workspace in use",
                hint="Use that one, stop it first, or give another folder with --workspace.",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def is_served(self) -> bool:
        """Say whether a dashboard (of this or another process) serves this workspace."""
        if not (self.folder / LOCK_FILE).exists():
            return False
        try:
            with FileLock(self.folder / LOCK_FILE, timeout=0):
                return False
        except Timeout:
            return True

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def _uuid(database: Database) -> str:
    with database.read() as session:
        stored = meta.get(session, "uuid")
    if stored is not None:
        return stored
    with database.transaction() as session:
        return meta.setdefault(session, "uuid", uuids.uuid4().hex)
