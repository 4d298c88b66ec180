"""The messages between the sample grid and the server about one photograph."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from core.types import (
    ClassId,
    CurationDecision,
    DecisionKind,
    Issue,
    PatientId,
    SampleId,
    SampleState,
    Source,
    Split,
)
from dashboard.schemas.grid import Card, cards
from dashboard.schemas.messages import Message
from dashboard.services.browsing import browsing


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
        opinion = detail.said
        if opinion is None:
            return None
        pairs = sorted(zip(opinion.probabilities, opinion.classes, strict=True), reverse=True)
        best = tuple(ClassProbability(class_id=c, probability=p) for p, c in pairs[:3])
        return cls(run=opinion.run_number, seen_in_training=opinion.seen_in_training, best=best)


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
            sources=tuple(SourceEntry.of(source, detail.patients) for source in sample.sources),
            model=ModelOpinion.of(detail),
            issues=detail.issues,
            suspected_before=detail.suspected_before,
            related=cards(detail.related),
            history=tuple(HistoryEntry.of(row, detail) for row in reversed(detail.history)),
        )
