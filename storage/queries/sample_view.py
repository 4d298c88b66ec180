"""The port through which people browse, and its form on SQLite.

Which samples and in what order is answered here; the content of the cards comes from
`storage.samples.samples`. The other implementation is `storage.fiftyone_view.connect`.
"""

from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import Embeddings, IdPage, SampleId, SampleQuery, Sort
from storage.database.tables import SampleRow
from storage.queries import similarity
from storage.queries.similarity import Neighbours
from storage.samples import predicates
from storage.workspace.folder import Workspace


class SampleView(Protocol):
    """Answers which samples match a query, in its order."""

    name: str
    problem: AppError | None
    """Why the view cannot answer by itself just now (SQLite answers for it), or None."""

    def page(self, query: SampleQuery, offset: int, limit: int) -> IdPage:
        """Return `limit` ids from `offset` on, and how many there are in all."""
        ...

    def ids(self, query: SampleQuery) -> list[SampleId]:
        """Return all ids."""
        ...

    def similar(self, sample: SampleId, limit: int) -> list[SampleId]:
        """Return the nearest samples in embedding space, nearest (itself) first."""
        ...

    def catch_up(self) -> int:
        """Bring the view to the newest revision; return how many samples were projected."""
        ...


def embeddings(workspace: Workspace) -> tuple[list[SampleId], Embeddings]:
    """Return the active checkpoint's embeddings: ids and (N, D).

    Raises ViewUnavailable when there is no active checkpoint, or it left none.
    """
    try:
        return similarity.read(similarity.folder_of_active(workspace))
    except FileNotFoundError:
        raise similarity.none_yet() from None


class SqliteView:
    """The same queries on SQLite, for when FiftyOne cannot run and for the command line."""

    name = "SQLite"

    def __init__(self, workspace: Workspace) -> None:
        self.problem: AppError | None = None
        self._workspace = workspace
        self._neighbours = Neighbours(workspace)

    def page(self, query: SampleQuery, offset: int, limit: int) -> IdPage:
        """Return `limit` ids from `offset` on, and how many there are in all."""
        if query.sort is Sort.SIMILARITY and query.similar_to is not None:
            ranked = self.ids(query)
            return IdPage(ids=tuple(ranked[offset : offset + limit]), total=len(ranked))
        with self._workspace.read() as session:
            total = session.scalar(
                select(func.count()).select_from(SampleRow).where(predicates.matches(query))
            )
            statement = select(SampleRow.id).where(predicates.matches(query))
            ordered = statement.order_by(*predicates.order(query)).offset(offset).limit(limit)
            ids = tuple(SampleId(sample) for sample in session.scalars(ordered))
        return IdPage(ids=ids, total=total or 0)

    def ids(self, query: SampleQuery) -> list[SampleId]:
        """Return all ids."""
        with self._workspace.read() as session:
            ids = _ordered_ids(session, query)
        if query.sort is not Sort.SIMILARITY or query.similar_to is None:
            return ids
        place = {
            sample: rank for rank, sample in enumerate(self._neighbours.ranked(query.similar_to))
        }
        # A stable sort: samples that have no embedding yet come last, in order of import.
        return sorted(ids, key=lambda sample: place.get(sample, len(place)))

    def similar(self, sample: SampleId, limit: int) -> list[SampleId]:
        """Return the nearest samples by cosine similarity, nearest (itself) first."""
        return self._neighbours.ranked(sample)[:limit]

    def catch_up(self) -> int:
        """Return 0: SQLite is the truth."""
        return 0


def _ordered_ids(session: Session, query: SampleQuery) -> list[SampleId]:
    statement = select(SampleRow.id).where(predicates.matches(query))
    return [SampleId(s) for s in session.scalars(statement.order_by(*predicates.order(query)))]
