"""The vocabulary: frozen types that every package speaks.

One word per idea (see docs/glossary.md). Ids are opaque; times are UTC; probabilities are rows that
sum to one, columns in the order of the class list they come with.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType, Self

import numpy as np
import numpy.typing as npt

ImageId = NewType("ImageId", str)
"""First 16 hex digits of the pixel hash."""
SampleId = NewType("SampleId", str)
"""Id of the image at its first import; never recomputed."""
ClassId = NewType("ClassId", int)
PatientId = NewType("PatientId", int)
RunId = NewType("RunId", str)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
    UNDO = "undo"


class Queue(StrEnum):
    """Why a sample asks for a look."""

    CONFLICT = "conflict"
    """Its sources name different classes."""
    UNLABELLED = "unlabelled"
    UNSURE = "unsure"
    DISAGREEMENT = "disagreement"
    """The active checkpoint predicts another class than the label."""
    DUPLICATE = "duplicate"
    """More than one source has the same pixels."""
    PATIENT_UNKNOWN = "patient_unknown"


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
    """What decisions change. The group is derived from it (`core.splits.groups`)."""

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
    """False: the state had moved on, nothing was changed, the author was told."""
    undoes: int | None
    who: str
    when: datetime
    reason: str = ""
    note: str = ""
    suggested_by: Suggestion | None = None


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


@dataclass(frozen=True, kw_only=True)
class Source:
    """One claim about a sample: a file at an import, and what it said."""

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
    sort: Sort = Sort.ADDED
    descending: bool = False
    similar_to: SampleId | None = None
    """With sort=SIMILARITY: nearest first."""


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


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a long piece of work is."""

    stage: str
    """What is being done, as a person would say it."""
    done: int
    total: int
    seconds_left: float | None


ProgressCallback = Callable[[Progress], None]
CancelCheck = Callable[[], bool]
"""Returns True when a person has asked to stop."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A value with its 95 % interval (patient bootstrap; Wilson for all-right or all-wrong)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """One row of the classification report."""

    class_id: ClassId
    precision: Metric | None
    """None when nothing was predicted as this class."""
    recall: Metric | None
    f1: Metric | None
    images: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A checkpoint measured on a split."""

    run: RunId
    split: str
    """validation, test, out_of_fold or fold-<k>"""
    test_version: str
    images: int
    patients: int
    accuracy: Metric
    balanced_accuracy: Metric
    macro_f1: Metric
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: true class, columns: predicted class, both in the run's class order."""


@dataclass(frozen=True, kw_only=True)
class PlannedSource:
    """One file that an import will read, and what its layout says about it."""

    path: Path
    file: str
    """Path below the root, as stored."""
    label: str | None
    """Class name as found (aliases are resolved by `core.classes`)."""
    patient: str | None = None
    """Name of the patient, unique across classes (e.g. "MKP:12")."""
    split: Split | None = None
    fold: int | None = None
    origin: str = ""
    parent: str | None = None
    """Set on an augmented child: the stem that identifies its original."""
    key: str | None = None
    """Stem that children refer to; None where a layout has no children."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file that was not taken, and why (a few words)."""

    file: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What a layout found in a folder, zip or table; nothing has been decoded yet."""

    root: Path
    layout: str
    """Name of the layout, as a person would say it: "MSLD v2.0", "image folder", "table"."""
    sources: tuple[PlannedSource, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences: aliases used, folder and code disagree, expected versus found, ..."""


@dataclass(frozen=True, kw_only=True)
class ClassCount:
    """How much there is of a class."""

    images: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or (dry run) would do; the counts below `added` are of the workspace."""

    dry_run: bool
    layout: str
    files_seen: int
    added: int
    known: int
    skipped: tuple[Skipped, ...]
    samples: int
    patients: int
    groups: int
    classes: Mapping[str, ClassCount]
    duplicates: tuple[tuple[str, ...], ...]
    """Files with the same pixels, each tuple one sample."""
    conflicts: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """(files, labels) of samples whose sources name different classes."""
    differences: tuple[str, ...]
    """Sentences: what this import says other than a decision made earlier."""
    children: int
    folds: Mapping[int, Mapping[str, int]]
    """fold -> split -> images, where authors give folds"""
    notes: tuple[str, ...]
    seconds: float
    cancelled: bool = False


class BalanceMethod(StrEnum):
    """How training makes up for rare classes."""

    NONE = "none"
    CLASS_WEIGHTS = "class_weights"
    BALANCED_SAMPLING = "balanced_sampling"
    AUGMENTATION = "augmentation"


@dataclass(frozen=True, kw_only=True)
class BalancePlan:
    """How many training images of each class an epoch shows."""

    method: BalanceMethod
    target: Mapping[ClassId, int]
    """Images per epoch and class after balancing."""
    weights: Mapping[ClassId, float]
    """Weight of a class in the loss; all 1 unless method is CLASS_WEIGHTS."""


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Something that stands on two sides of a split."""

    kind: str
    """patient, bytes"""
    patient: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JobSample:
    """A sample as a job sees it: a snapshot, no database."""

    id: SampleId
    path: str
    """Below the workspace folder."""
    label: ClassId | None
    split: Split | None
    """None: the pool (unlabelled) or no split; predicted after training, never trained on."""
    group: int
    fold: int | None = None


class RunStatus(StrEnum):
    """Where a training run is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    """A person stopped it; its best epoch is kept."""
    FAILED = "failed"
    """It said why."""
    INTERRUPTED = "interrupted"
    """Its process died; it can be resumed."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training attempt and what is known of it."""

    id: RunId
    number: int
    status: RunStatus
    created: datetime
    started: datetime | None
    finished: datetime | None
    config: Mapping[str, Any]
    """`core.config.TrainConfig` as a dict."""
    classes: tuple[ClassId, ...]
    """Column order of its probabilities."""
    fingerprint: str
    split_version: int
    split_kind: str
    """patient, author:K or image"""
    test_version: str
    leaky: bool
    active: bool
    best_epoch: int | None
    epochs_done: int
    seconds: float | None
    images_per_second: float | None
    message: str
    """Why it ended as it did, in one sentence; empty when all went well."""
    test_opened: int
    evaluations: Mapping[str, Evaluation] = field(default_factory=dict)


class PredictionStatus(StrEnum):
    """What a prediction can be relied on for; the strongest wins, in this order."""

    UNUSABLE = "unusable"
    KNOWN = "known"
    NOVEL = "novel"
    OK = "ok"


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The probabilities of one checkpoint for one image."""

    id: int | None
    """None until it is stored."""
    image: ImageId | None
    """None when the file could not be decoded."""
    sample: SampleId | None
    """Set when the image is (or has become) part of the data set."""
    file: str
    run: RunId
    classes: tuple[ClassId, ...]
    probabilities: tuple[float, ...]
    top: ClassId | None
    confidence: float | None
    status: PredictionStatus
    reason: str
    """A sentence that a person understands."""
    when: datetime
    who: str = ""


Probabilities = FloatArray
"""(N, K), rows sum to 1."""
Embeddings = npt.NDArray[np.float32]
"""(N, D), vectors before the classifier head."""
