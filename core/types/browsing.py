"""What a person asks for while browsing, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.types.names import ClassId, PatientId, RunId, SampleId
from core.types.samples import SCORED, Queue, Split, Status


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A confusion cell of one run: which samples had this label then and were predicted so."""

    run: RunId
    split: str
    """validation, test or out_of_fold"""
    true: ClassId
    predicted: ClassId


class Sort(StrEnum):
    """Orders a grid can have."""

    ADDED = "added"
    FILE = "file"
    LABEL = "label"
    PATIENT = "patient"
    CONFIDENCE = "confidence"
    SIMILARITY = "similarity"
    SCORE = "score"
    """Of the first queue of the query that has one (else: what to ask next), highest first."""


@dataclass(frozen=True, kw_only=True)
class SampleQuery:
    """Which samples, in what order. Empty tuples mean "any"; filters are joined by "and"."""

    labels: tuple[ClassId | None, ...] = ()
    """None stands for unlabelled."""
    splits: tuple[Split | None, ...] = ()
    statuses: tuple[Status, ...] = ()
    queues: tuple[Queue, ...] = ()
    patient: PatientId | None = None
    text: str = ""
    """Case-insensitive part of a file name or a patient's name."""
    cell: Cell | None = None
    area: tuple[tuple[int, int], ...] = ()
    """Corners of a polygon on the map of images, whole numbers 0 .. 999."""
    among: tuple[SampleId, ...] | None = None
    """Only these: the samples in the area, looked up before a view is queried."""
    sort: Sort = Sort.ADDED
    descending: bool = False
    similar_to: SampleId | None = None
    """With sort=SIMILARITY: nearest first."""

    @property
    def scored_by(self) -> Queue:
        """The queue whose scores sort by SCORE: the first chosen that has any, else worth."""
        return next((queue for queue in self.queues if queue in SCORED), Queue.WORTH)


@dataclass(frozen=True, kw_only=True)
class IdPage:
    """A page of a query's answer."""

    ids: tuple[SampleId, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Facets:
    """Counts shown beside the grid. Each facet is counted with its own filter lifted."""

    total: int
    labels: Mapping[ClassId | None, int]
    splits: Mapping[Split | None, int]
    statuses: Mapping[Status, int]
    queues: Mapping[Queue, int]
