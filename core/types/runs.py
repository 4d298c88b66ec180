"""Training runs: what they are given, where they stand, what their checkpoints say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.types.metrics import Evaluation
from core.types.names import ClassId, ImageId, RunId, SampleId
from core.types.samples import Split


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
class Encoder:
    """A frozen network, by name and initial weights, whose embeddings are compared."""

    backbone: str
    init: str
    """imagenet, random or the path of a weights file"""


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
    original: SampleId | None = None
    """Of an augmented copy: the sample that it is made from, within the run alone."""
    copy: int = 0
    """0 for the photograph itself, 1, 2, ... for its copies."""


class RunStatus(StrEnum):
    """Where a training run is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    """It ended early, as a person wished or as its message says; its best epoch is kept."""
    FAILED = "failed"
    """It reported why."""
    INTERRUPTED = "interrupted"
    """Its process died; it can be resumed."""
    PAUSED = "paused"
    """A person paused it; it can be resumed."""


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
    """`core.settings.config.TrainConfig` as a dict."""
    classes: tuple[ClassId, ...]
    """Column order of its probabilities."""
    fingerprint: str
    split_version: int
    split_kind: str
    """patient, author:K, image or poster"""
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
    place: int = 0
    """Of the waiting runs the one with the smallest place is next."""
    as_of: datetime | None = None
    """It was trained on the labels of that moment; None: of the moment when it was started."""
    repeats: int | None = None
    """Number of the run whose settings (or whose whole job) it took over."""
    automatic: bool = False
    """Started automatically: enough had been decided since the run before it."""
    hidden: bool = False
    """A person does not want to see it in lists; nothing of it is deleted."""

    @property
    def all_epochs(self) -> int:
        """Most epochs of all its trainings together, as the job counts them; 0: a head alone."""
        return int(self.config.get("epochs") or 0) * int(self.config.get("trainings") or 1)


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
