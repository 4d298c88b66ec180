"""The messages between the sample grid and the server about decisions."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from core.types import (
    ClassId,
    DecisionKind,
    Refused,
    SampleId,
    SampleQuery,
    SampleState,
    spelling,
)
from dashboard.schemas.grid import Card, Ids, Query
from dashboard.schemas.messages import Message

MOST_AT_ONCE = 5_000
LONGEST_REASON = 40
BY_HAND = frozenset(DecisionKind) - {DecisionKind.PROMOTE, DecisionKind.UNDO}


def _kind_by_hand(kind: DecisionKind) -> DecisionKind:
    if kind not in BY_HAND:
        raise ValueError("nobody decides this in a grid")
    return kind


Person = Annotated[str, StringConstraints(max_length=spelling.LONGEST_PERSON)]
"""The name given in the browser; empty: the operating system's user."""


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
