"""Rows of the ledger, and what became of a batch of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.types.names import ClassId, RunId, SampleId
from core.types.samples import SampleState


class DecisionKind(StrEnum):
    """Kinds of rows in the ledger of curation decisions."""

    RELABEL = "relabel"
    KEEP = "keep"
    EXCLUDE = "exclude"
    RESTORE = "restore"
    UNSURE = "unsure"
    PROMOTE = "promote"
    SET_PATIENT = "set_patient"
    JOIN = "join"
    OPINION = "opinion"
    """What a second reader would call it; changes no state."""
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Which queue showed the sample to its curator, so that queues can be compared later."""

    queue: str
    score: float | None = None
    run: RunId | None = None


@dataclass(frozen=True, kw_only=True)
class CurationDecision:
    """One row of the append-only ledger."""

    number: int
    batch: int
    sample: SampleId
    kind: DecisionKind
    expected: SampleState | None
    """The state that the author saw; None when the decision was made without looking."""
    before: SampleState
    after: SampleState
    applied: bool
    """False: the state had changed since, nothing was applied, the author was informed."""
    undoes: int | None
    who: str
    when: datetime
    reason: str = ""
    note: str = ""
    suggested_by: Suggestion | None = None
    opinion: ClassId | None = None
    """The class that a second reader named; only for opinions."""


@dataclass(frozen=True, kw_only=True)
class HistoryQuery:
    """Which rows of the ledger; None and empty mean "any"."""

    sample: SampleId | None = None
    batch: int | None = None
    who: str = ""
    kinds: tuple[DecisionKind, ...] = ()
    text: str = ""
    """Case-insensitive part of a file name, an author, a kind, a reason or a note."""
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = 200
    """The newest so many; None: all."""
    offset: int = 0
    """So many of the newest are passed over."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A decision on one sample that was recorded but not applied."""

    sample: SampleId
    why: str


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What one batch of decisions did."""

    batch: int | None
    """None when nothing was recorded."""
    applied: int
    refused: tuple[Refused, ...] = ()
