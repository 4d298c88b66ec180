"""Answers sample queries with FiftyOne views, from several threads, always at the newest revision.

Every question first catches up with SQLite. When mongod has died it is started again, once in a
while. Where that does not help, or a large change is still being taken in, SQLite answers within
seconds, and `problem` says why.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pymongo.errors import PyMongoError
from sqlalchemy import select

from core.errors import AppError, ViewUnavailable
from core.types import Cell, IdPage, SampleId, SampleQuery, Sort
from storage.database.run_tables import RunPredictionRow
from storage.fiftyone_view import mongod, projection
from storage.fiftyone_view.mongod import Mongod
from storage.fiftyone_view.writer import ForeignEdit, ViewWriter
from storage.queries.sample_view import SqliteView
from storage.queries.similarity import Neighbours
from storage.workspace.folder import Workspace

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""How long a writer waits for another one's long catch-up (a big import, new queues) ..."""
QUESTION_PATIENCE_SECONDS = 0.1
"""... and how long a question does, before SQLite answers it."""
RETRY_SECONDS = 10.0
"""Pause between attempts to start a dead mongod again."""


class _Busy(ViewUnavailable):
    """Another thread is writing: not an error, retried later."""


class FiftyOneView:
    """A `SampleView` over the workspace's FiftyOne dataset."""

    name = "FiftyOne"

    def __init__(
        self,
        workspace: Workspace,
        writer: ViewWriter,
        server: Mongod,
        *,
        hang_up: Callable[[], None] | None,
    ) -> None:
        """Take over a dataset; `hang_up` ends the connection, None: server and it stay others'."""
        self._workspace = workspace
        self._writer = writer
        self.server = server
        self._hang_up = hang_up
        self._lock = threading.RLock()
        self._retry_at = 0.0
        self.problem: AppError | None = None
        self.projected = 0
        """Samples that were written when the view was opened."""
        self._neighbours = Neighbours(workspace)
        self._sqlite = SqliteView(workspace)
        self._matched: tuple[SampleQuery, int, list[SampleId]] | None = None

    def open(self) -> None:
        """Make the view whole: paths of a moved workspace, what is missing, what is new."""
        self.projected = self._change(self._opened)

    @property
    def dataset(self) -> Any:
        """The FiftyOne dataset, for the FiftyOne App."""
        return self._writer.dataset

    def page(self, query: SampleQuery, offset: int, limit: int) -> IdPage:
        """Return `limit` ids from `offset` on, and how many there are in all."""
        if _by_similarity(query):
            ids = self.ids(query)
            return IdPage(ids=tuple(ids[offset : offset + limit]), total=len(ids))
        return self._ask(
            lambda: self._page(query, offset, limit),
            lambda: self._sqlite.page(query, offset, limit),
        )

    def ids(self, query: SampleQuery) -> list[SampleId]:
        """Return all ids."""
        if query.similar_to is None or not _by_similarity(query):
            return self._ask(lambda: self._ids(query), lambda: self._sqlite.ids(query))
        ranked = self._neighbours.ranked(query.similar_to)
        place = {sample: rank for rank, sample in enumerate(ranked)}
        # A stable sort: samples that have no embedding yet come last, in order of import.
        ids = self._matching(replace(query, similar_to=None))
        return sorted(ids, key=lambda sample: place.get(sample, len(place)))

    def similar(self, sample: SampleId, limit: int) -> list[SampleId]:
        """Return the nearest samples by cosine similarity, nearest (itself) first."""
        return self._neighbours.ranked(sample)[:limit]

    def catch_up(self) -> int:
        """Bring the view to the newest revision; return how many samples were projected.

        Raises ViewUnavailable within seconds when mongod does not answer, or is busy.
        """
        return self._catch_up(PATIENCE_SECONDS)

    def rebuild(self) -> int:
        """Empty the dataset and project every sample again; return how many."""
        return self._change(self._writer.rebuild)

    def foreign_edits(self) -> list[ForeignEdit]:
        """Return labels that were changed in the FiftyOne App and are no decisions yet."""
        return self._answer(self._writer.foreign_edits)

    def settle(self, edits: Sequence[ForeignEdit]) -> None:
        """Restore the stored state over these edits; they have been decided on."""
        self._change(lambda: self._writer.settle(edits))

    def close(self) -> None:
        """Stop the workspace's mongod."""
        if self._hang_up is not None:
            self._hang_up()
            self.server.stop()

    def _view(self, query: SampleQuery) -> tuple[Any, Any]:
        """Return the FiftyOne view of a query, ordered, and the same unordered (to count)."""
        cell = None if query.cell is None else self._cell(query.cell)
        chosen = self._writer.dataset.match(projection.matches(query, cell))
        return chosen.sort_by(projection.order(query)), chosen

    def _cell(self, cell: Cell) -> list[SampleId]:
        row = RunPredictionRow
        wanted = select(row.sample_id).where(
            row.run_id == cell.run,
            row.split == cell.split,
            row.label == cell.true,
            row.predicted == cell.predicted,
        )
        with self._workspace.read() as session:
            return [SampleId(sample) for sample in session.scalars(wanted)]

    def _opened(self) -> int:
        self._writer.follow_folder()
        return self._writer.catch_up() if self._writer.is_whole() else self._writer.rebuild()

    def _page(self, query: SampleQuery, offset: int, limit: int) -> IdPage:
        view, chosen = self._view(query)
        total = chosen.count()
        ids = view[offset : offset + limit].values("sample_id") if offset < total else []
        return IdPage(ids=tuple(SampleId(sample) for sample in ids), total=total)

    def _ids(self, query: SampleQuery) -> list[SampleId]:
        return [SampleId(sample) for sample in self._view(query)[0].values("sample_id")]

    def _matching(self, query: SampleQuery) -> list[SampleId]:
        """Return a query's ids; the last answer is kept for the next page and the next image."""
        revision, kept = self._workspace.revision(), self._matched
        if kept is None or kept[:2] != (query, revision):
            kept = query, revision, self.ids(query)
            self._matched = kept  # one assignment: other threads see the old or the new
        return kept[2]

    def _ask(self, work: Callable[[], T], instead: Callable[[], T]) -> T:
        """Answer at the newest revision; from SQLite where FiftyOne cannot now."""
        try:
            self._catch_up(QUESTION_PATIENCE_SECONDS)
            answer = self._answer(work)
        except _Busy:
            return instead()
        except ViewUnavailable as error:
            self.problem = error
            return instead()
        self.problem = None
        return answer

    def _catch_up(self, patience: float) -> int:
        if self._answer(self._writer.is_current):
            return 0
        return self._change(self._writer.catch_up, patience)

    def _change(self, work: Callable[[], T], patience: float = PATIENCE_SECONDS) -> T:
        """Write, one thread at a time; everything that we write may be written twice."""
        if not self._lock.acquire(timeout=patience):
            raise _Busy(
                "The view is still taking in a large change.",
                title="FiftyOne is busy",
                hint="It goes on by itself; browsing works meanwhile.",
            )
        try:
            return self._answer(work)
        finally:
            self._lock.release()

    def _answer(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, retried once if mongod dies; raises ViewUnavailable."""
        try:
            self._revive()
            return work()
        except PyMongoError as error:
            if self.server.alive():
                raise _gone() from error
        try:
            self._revive()
            return work()
        except PyMongoError as error:
            raise _gone() from error

    def _revive(self) -> None:
        """Start mongod again if it has died; at most once in ten seconds."""
        if self.server.alive():
            return
        if self._hang_up is None or not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise _gone()
        try:
            if self.server.alive():
                return
            if time.monotonic() < self._retry_at:
                raise _gone()
            self._retry_at = time.monotonic() + RETRY_SECONDS
            self.server = mongod.start(self._workspace.fiftyone, self.server.port)
            self._writer.reload()
        finally:
            self._lock.release()


def _by_similarity(query: SampleQuery) -> bool:
    return query.sort is Sort.SIMILARITY and query.similar_to is not None


def _gone() -> ViewUnavailable:
    return ViewUnavailable(
        "FiftyOne's database has stopped answering.",
        title="FiftyOne is not running",
        hint="Browsing goes on with SQLite; `ai-mpox doctor` tells what is wrong.",
    )
