"""The documents of the ledger: its rows, how far readers agree, what was taken away.

`core.types.BatchResult` and `dashboard.services.ledger.exchange.Brought` are printed as they are.
"""

from typing import Self

from core.types import CurationDecision, DecisionKind, RunId, SampleId, SampleState, Status
from dashboard.schemas.documents.document import (
    ClassNames,
    Document,
    Moment,
    PatientNames,
    class_name,
)
from dashboard.services.curation.reader_agreement import Agreement, Pair


class StateDocument(Document):
    """What decisions change of a sample."""

    label: str | None
    status: Status
    patient: str | None
    links: tuple[SampleId, ...]
    """Samples that a person joined with this one."""

    @classmethod
    def of(cls, state: SampleState, names: ClassNames, patients: PatientNames) -> Self:
        """Return the document of a state."""
        return cls(
            label=class_name(state.label, names),
            status=state.status,
            patient=None if state.patient is None else patients[state.patient],
            links=state.links,
        )


class SuggestionDocument(Document):
    """Which queue showed a sample to its curator."""

    queue: str
    score: float | None
    """In [0, 1], higher was shown first."""
    run: RunId | None


class DecisionDocument(Document):
    """One row of the ledger."""

    number: int
    batch: int
    sample: SampleId
    kind: DecisionKind
    before: StateDocument
    after: StateDocument
    applied: bool
    """False: the sample was not as the author saw it, and nothing was changed."""
    undoes: int | None
    """Number of the row that it takes back."""
    who: str
    when: Moment
    reason: str
    note: str
    suggested_by: SuggestionDocument | None

    @classmethod
    def of(cls, row: CurationDecision, names: ClassNames, patients: PatientNames) -> Self:
        """Return the document of a row."""
        suggestion = row.suggested_by
        return cls(
            number=row.number,
            batch=row.batch,
            sample=row.sample,
            kind=row.kind,
            before=StateDocument.of(row.before, names, patients),
            after=StateDocument.of(row.after, names, patients),
            applied=row.applied,
            undoes=row.undoes,
            who=row.who,
            when=row.when,
            reason=row.reason,
            note=row.note,
            suggested_by=None
            if suggestion is None
            else SuggestionDocument(
                queue=suggestion.queue, score=suggestion.score, run=suggestion.run
            ),
        )


class ReaderPair(Document):
    """Two readers on the samples that both have read."""

    one: str
    other: str
    samples: int
    groups: int
    observed: float
    """Share of the samples that both called the same, in [0, 1]."""
    kappa: float | None
    """Cohen's kappa; None where both named one class only."""
    low: float | None
    high: float | None
    """95 % interval of kappa."""

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """Return the document of a pair."""
        kappa = pair.kappa
        return cls(
            one=pair.one,
            other=pair.other,
            samples=kappa.samples,
            groups=kappa.groups,
            observed=kappa.observed,
            kappa=kappa.value,
            low=kappa.low,
            high=kappa.high,
        )


class AgreementDocument(Document):
    """How far readers agree."""

    samples: int
    """Read by two people or more."""
    disputed: int
    """Of these, the ones that readers call differently and nobody has settled."""
    fleiss: float | None
    """Fleiss' kappa; None where it is not defined."""
    pairs: tuple[ReaderPair, ...]
    """Those with most samples in common first."""

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Return the document of an agreement."""
        return cls(
            samples=agreement.samples,
            disputed=agreement.disputed,
            fleiss=agreement.fleiss,
            pairs=tuple(map(ReaderPair.of, agreement.pairs)),
        )


class ExportDocument(Document):
    """A ledger that was written to a file."""

    file: str
    rows: int
    """Decisions in it."""
