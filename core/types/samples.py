"""Samples: images of the data set, what files claim about them, what people decided."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from core.types.names import ClassId, PatientId, SampleId


class Status(StrEnum):
    """What has been decided about a sample."""

    NEW = "new"
    KEPT = "kept"
    RELABELLED = "relabelled"
    EXCLUDED = "excluded"
    UNSURE = "unsure"


class Split(StrEnum):
    """The side of a split version that a group stands on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    WITHHELD = "withheld"
    """Out of everything: a later join connected its group with a test group."""


@dataclass(frozen=True, kw_only=True)
class SplitVersion:
    """A numbered assignment of groups to sides."""

    number: int
    kind: str
    """patient, author:K or image"""
    seed: int
    created: datetime
    leaky: bool
    """Patients or identical images stood on two sides when it was made."""


@dataclass(frozen=True, kw_only=True)
class ClassInfo:
    """One category. `id` is stable for ever; name, key and colour may change."""

    id: ClassId
    name: str
    code: str
    """Two letters shown on thumbnails, so that colour is never the only sign."""
    key: str
    """Keyboard key "1".."9", or "" beyond nine classes."""
    colour: str
    """#RRGGBB"""


@dataclass(frozen=True, kw_only=True)
class SampleState:
    """What decisions change. The group is derived from it (`core.data.splits.groups`)."""

    label: ClassId | None
    status: Status
    patient: PatientId | None
    links: tuple[SampleId, ...] = ()
    """Samples that a person joined with this one: the same group although other patients."""

    def to_json(self) -> str:
        """Return the canonical form; equal states have equal strings."""
        return json.dumps(
            {
                "label": self.label,
                "status": self.status.value,
                "patient": self.patient,
                "links": list(self.links),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote. Raises ValueError on anything else."""
        raw = json.loads(text)
        if not isinstance(raw, dict) or set(raw) != {"label", "status", "patient", "links"}:
            raise ValueError("not a sample state")
        return cls(
            label=raw["label"],
            status=Status(raw["status"]),
            patient=raw["patient"],
            links=tuple(raw["links"]),
        )


class Queue(StrEnum):
    """Why a sample asks for a look. Those that finders fill are computed in the background."""

    WORTH = "worth"
    """What a query strategy asks next, best first."""
    LABEL = "label"
    """Its label is probably wrong."""
    CONFLICT = "conflict"
    """Its sources name different classes."""
    UNLABELLED = "unlabelled"
    UNSURE = "unsure"
    DISAGREEMENT = "disagreement"
    """The active checkpoint predicts another class than the label."""
    DUPLICATE = "duplicate"
    """More than one source has the same pixels."""
    NEAR_DUPLICATE = "near_duplicate"
    CROSS_PATIENT = "cross_patient"
    """The same or nearly the same image under several patients."""
    LEAK = "leak"
    """It, its patient or its near duplicate stands on two sides of the split."""
    SIBLINGS = "siblings"
    """Images of one patient have several classes."""
    OUTLIER = "outlier"
    QUALITY = "quality"
    SHORTCUT = "shortcut"
    """Size, brightness or source alone tell its class."""
    PATIENT_UNKNOWN = "patient_unknown"
    SECOND_READING = "second_reading"
    """One person has decided; a second has not read it yet."""
    ADJUDICATION = "adjudication"
    """Readers name different classes and the dispute is not settled."""
    TEST = "test"
    """A sample of the test set in which a finder suspects something: asked separately."""


SCORED = (
    Queue.WORTH,
    Queue.LABEL,
    Queue.NEAR_DUPLICATE,
    Queue.CROSS_PATIENT,
    Queue.LEAK,
    Queue.SIBLINGS,
    Queue.OUTLIER,
    Queue.QUALITY,
    Queue.SHORTCUT,
)
"""The queues that are computed in the background, with a score for each sample in them."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One claim about a sample: a file of an import, with its label and patient."""

    file: str
    """Path as it stood below the imported root (never absolute)."""
    import_number: int
    label: ClassId | None
    patient: PatientId | None
    author_split: Split | None = None
    origin: str = ""
    """Name of the collection that the file comes from, where the import says so."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One image of the data set with its current state."""

    id: SampleId
    number: int
    """1, 2, 3, ... in the order of import."""
    file: str
    """File name of the first source."""
    imported_label: ClassId | None
    state: SampleState
    group: int
    """Smallest sample number of the connected component of patients."""
    split: Split | None
    """In the current split version; None before there is one."""
    queues: frozenset[Queue]
    predicted: ClassId | None
    """Top class of the active checkpoint, where it has seen the sample."""
    confidence: float | None
    added: datetime
    revision: int
    width: int
    height: int
    patient_name: str | None
    sources: tuple[Source, ...] = ()
    scores: Mapping[Queue, float] = field(default_factory=dict)
    """Of the queues that it is scored for, in [0, 1], highest first; also when it is decided."""
    readers: int = 0
    """People who have named a class for it."""
