"""What the sample grid and the server say to each other: requests in, documents out.

`SampleQuery`, `SampleState`, `ClassInfo`, `Issue` and `Refused` are the domain's own types.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from core.types import (
    ClassId,
    ClassInfo,
    CurationDecision,
    DecisionKind,
    Issue,
    PatientId,
    Queue,
    Refused,
    Sample,
    SampleId,
    SampleQuery,
    SampleState,
    Sort,
    Source,
    Split,
    Why,
    spelling,
)
from dashboard.schemas.messages import Message
from dashboard.services.browsing import browsing

MOST_AT_ONCE = 5_000
MOST_CARDS = 480
MOST_CORNERS = 40
LONGEST_TEXT = 200
LONGEST_REASON = 40
BY_HAND = frozenset(DecisionKind) - {DecisionKind.PROMOTE, DecisionKind.UNDO}


def _bounded(query: SampleQuery) -> SampleQuery:
    """Refuse a query that no page can have made."""
    corners = len(query.area)
    if query.among is not None or len(query.text) > LONGEST_TEXT or corners > MOST_CORNERS:
        raise ValueError("no page asks this")
    if query.sort is Sort.SIMILARITY and query.similar_to is None:
        raise ValueError("similar to what?")
    return query


def _kind_by_hand(kind: DecisionKind) -> DecisionKind:
    if kind not in BY_HAND:
        raise ValueError("nobody decides this in a grid")
    return kind


Query = Annotated[SampleQuery, AfterValidator(_bounded)]
Person = Annotated[str, StringConstraints(max_length=spelling.LONGEST_PERSON)]
"""The name given in the browser; empty: the operating system's user."""
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


class Choice(Message):
    """A sample to decide on, in the state that the person saw."""

    id: SampleId
    state: SampleState | None = None


class Matching(Message):
    """Everything that a query selects, if it is still as many as the person confirmed."""

    query: Query
    count: int = Field(ge=0)
    ledger: int = Field(ge=0)
    """The newest decision that the person could know of."""


class DecisionRequest(Message):
    """A decision on the samples named, or on everything that matches."""

    kind: Annotated[DecisionKind, AfterValidator(_kind_by_hand)]
    who: Person = ""
    label: ClassId | None = None
    patient: str | None = Field(default=None, max_length=spelling.LONGEST_PATIENT)
    join: SampleId | None = None
    reason: str = Field(default="", max_length=LONGEST_REASON)
    note: str = Field(default="", max_length=spelling.LONGEST_NOTE)
    shown: Query = Field(default_factory=SampleQuery)
    """The query that the samples were shown in."""
    choices: Annotated[tuple[Choice, ...], Field(max_length=MOST_AT_ONCE)] = ()
    matching: Matching | None = None
    ids: Ids = ()
    """With `matching`: the cards to read again."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.choices and self.matching is not None:
            raise ValueError("samples or a query, not both")
        return self


class UndoRequest(Message):
    """What to take back: a batch, one sample's part of it, or the person's own last one."""

    who: Person = ""
    batch: int | None = None
    sample: SampleId | None = None
    redo: bool = False
    """Take back the person's own last undo instead."""
    ids: Ids = ()


class DecisionResult(Message):
    """What a decision did, after the commit, and the cards as they are now."""

    batch: int | None
    applied: int
    refused: tuple[Refused, ...]
    ledger: int
    revision: int
    cards: tuple[Card, ...]
    siblings: tuple[Card, ...]
    """Other photographs of the patient that still have another label."""


class Decided(Message):
    """What the event `decided` tells other components."""

    kind: str
    applied: int
    refused: int
    revision: int


class ShortState(Message):
    """A state as people read it."""

    label: ClassId | None
    status: str
    patient: str | None

    @classmethod
    def of(cls, state: SampleState, patients: Mapping[PatientId, str]) -> Self:
        """Return a state with its patient's name."""
        name = None if state.patient is None else patients.get(state.patient)
        return cls(label=state.label, status=state.status, patient=name)


class HistoryEntry(Message):
    """A row of the ledger about one sample."""

    number: int
    batch: int
    sample: SampleId
    kind: DecisionKind
    before: ShortState
    after: ShortState
    applied: bool
    taken_back: bool
    undoable: bool
    undoes: int | None
    opinion: ClassId | None
    who: str
    when: datetime
    reason: str
    note: str

    @classmethod
    def of(cls, row: CurationDecision, detail: browsing.Detail) -> Self:
        """Return a decision as the detail shows it."""
        return cls(
            number=row.number,
            batch=row.batch,
            sample=row.sample,
            kind=row.kind,
            before=ShortState.of(row.before, detail.patients),
            after=ShortState.of(row.after, detail.patients),
            applied=row.applied,
            taken_back=row.number in detail.taken_back,
            undoable=row.number == detail.undoable,
            undoes=row.undoes,
            opinion=row.opinion,
            who=row.who,
            when=row.when,
            reason=row.reason,
            note=row.note,
        )


class SourceEntry(Message):
    """One claim about a sample."""

    file: str
    label: ClassId | None
    patient: str | None
    author_split: Split | None
    origin: str

    @classmethod
    def of(cls, source: Source, patients: Mapping[PatientId, str]) -> Self:
        """Return a source with its patient's name."""
        return cls(
            file=source.file,
            label=source.label,
            patient=None if source.patient is None else patients.get(source.patient),
            author_split=source.author_split,
            origin=source.origin,
        )


class ClassProbability(Message):
    """How probable a class is."""

    class_id: ClassId
    probability: float


class ModelOpinion(Message):
    """What the active checkpoint predicts, likeliest classes first."""

    run: int
    seen_in_training: bool
    best: tuple[ClassProbability, ...]

    @classmethod
    def of(cls, detail: browsing.Detail) -> Self | None:
        """Return the three likeliest classes; None where no model has seen the sample."""
        said = detail.said
        if said is None:
            return None
        pairs = sorted(zip(said.probabilities, said.classes, strict=True), reverse=True)
        best = tuple(ClassProbability(class_id=c, probability=p) for p, c in pairs[:3])
        return cls(run=said.run_number, seen_in_training=said.seen_in_training, best=best)


class DetailRequest(Message):
    """Of which sample."""

    id: SampleId


class Detail(Message):
    """One sample with all that is known around it, newest decision first."""

    card: Card
    width: int
    height: int
    number: int
    added: datetime
    siblings: tuple[Card, ...]
    sources: tuple[SourceEntry, ...]
    model: ModelOpinion | None
    issues: tuple[Issue, ...]
    suspected_before: bool
    """It has been decided on since finders looked."""
    related: tuple[Card, ...]
    history: tuple[HistoryEntry, ...]

    @classmethod
    def of(cls, detail: browsing.Detail) -> Self:
        """Return a detail as the browser reads it."""
        sample = detail.sample
        return cls(
            card=Card.of(sample),
            width=sample.width,
            height=sample.height,
            number=sample.number,
            added=sample.added,
            siblings=cards(detail.siblings),
            sources=tuple(SourceEntry.of(one, detail.patients) for one in sample.sources),
            model=ModelOpinion.of(detail),
            issues=detail.issues,
            suspected_before=detail.suspected_before,
            related=cards(detail.related),
            history=tuple(HistoryEntry.of(row, detail) for row in reversed(detail.history)),
        )


def cards(samples: Iterable[Sample], why: Mapping[SampleId, Why] | None = None) -> tuple[Card, ...]:
    """Return the cards of samples, with why a queue asks for them."""
    return tuple(Card.of(sample, (why or {}).get(sample.id)) for sample in samples)


class GridView(Message):
    """The value of a `SampleGrid`: a query, and (from the server) its first page."""

    query: Query
    page: Page | None = None
