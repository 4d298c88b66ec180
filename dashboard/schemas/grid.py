"""The messages between the sample grid and the server about pages: requests in, cards out.

`SampleQuery`, `SampleState` and `ClassInfo` are the domain's own types.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from core.types import (
    ClassId,
    ClassInfo,
    Queue,
    Sample,
    SampleId,
    SampleQuery,
    SampleState,
    Sort,
    Split,
    Why,
)
from dashboard.schemas.messages import Message

MOST_CARDS = 480
MOST_CORNERS = 40
LONGEST_TEXT = 200


def _bounded(query: SampleQuery) -> SampleQuery:
    """Refuse a query that no page can have made."""
    corners = len(query.area)
    if query.among is not None or len(query.text) > LONGEST_TEXT or corners > MOST_CORNERS:
        raise ValueError("no page asks this")
    if query.sort is Sort.SIMILARITY and query.similar_to is None:
        raise ValueError("similar to what?")
    return query


Query = Annotated[SampleQuery, AfterValidator(_bounded)]
Ids = Annotated[tuple[SampleId, ...], Field(max_length=MOST_CARDS)]


class Card(Message):
    """A photograph in the grid. Its state comes back with a decision as it is here."""

    id: SampleId
    file: str
    state: SampleState
    imported: ClassId | None
    split: Split | None
    queues: tuple[Queue, ...]
    patient: str | None
    predicted: ClassId | None
    confidence: float | None
    revision: int
    why: str
    """Why the chosen queue asks for it."""
    suggested: ClassId | None
    """The class that the queue thinks it is."""

    @classmethod
    def of(cls, sample: Sample, why: Why | None = None) -> Self:
        """Return the card of a sample."""
        return cls(
            id=sample.id,
            file=sample.file,
            state=sample.state,
            imported=sample.imported_label,
            split=sample.split,
            queues=tuple(sorted(sample.queues)),
            patient=sample.patient_name,
            predicted=sample.predicted,
            confidence=sample.confidence,
            revision=sample.revision,
            why="" if why is None else why.reason,
            suggested=None if why is None else why.suggested,
        )


class PageRequest(Message):
    """Which page: of a query, or of the one that the page's address names."""

    query: Query | None = None
    address: Mapping[str, str] = Field(default_factory=dict)
    offset: int = Field(default=0, ge=0)
    leaving: Ids = ()
    """The samples of the page before: what has been decided may have left the query since."""


class Page(Message):
    """A page of a query's samples."""

    query: SampleQuery
    address: dict[str, str]
    """The query as parameters of the page's address."""
    cards: tuple[Card, ...]
    total: int
    offset: int
    size: int
    revision: int
    ledger: int
    """The newest decision that is shown here."""
    classes: tuple[ClassInfo, ...]


class CardsRequest(Message):
    """Which cards to read again."""

    ids: Ids


class Cards(Message):
    """Cards as they are now."""

    cards: tuple[Card, ...]
    revision: int


class CountRequest(Message):
    """Of which query."""

    query: Query


class Count(Message):
    """How many samples a query selects, and how many of them are in the test set."""

    total: int
    test: int


def cards(samples: Iterable[Sample], why: Mapping[SampleId, Why] | None = None) -> tuple[Card, ...]:
    """Return the cards of samples, with why a queue asks for them."""
    return tuple(Card.of(sample, (why or {}).get(sample.id)) for sample in samples)


class GridView(Message):
    """The value of a `SampleGrid`: a query, and (from the server) its first page."""

    query: Query
    page: Page | None = None
