"""What an import plans, how far it is, and what it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.types.samples import Split


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a long piece of work is."""

    stage: str
    """What is being done, as a person would say it."""
    done: int
    total: int
    seconds_left: float | None = None
    """Of all stages where they are numbered, else of this one."""
    step: int = 0
    """Number of the stage, from 1; 0 where stages are not numbered."""
    steps: int = 0


ProgressCallback = Callable[[Progress], None]


CancelCheck = Callable[[], bool]
"""Returns True when a person has asked to stop."""


@dataclass(frozen=True, kw_only=True)
class PlannedSource:
    """One file that an import will read, and what its layout says about it."""

    path: Path
    file: str
    """Path below the root, as stored."""
    label: str | None
    """Class name as found (aliases are resolved by `core.data.class_names`)."""
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
    """Files of images that were there: before this import, or from an earlier file of it."""
    repeated: int
    """Of these, the ones that only repeat an earlier file of this import."""
    skipped: tuple[Skipped, ...]
    samples: int
    patients: int
    groups: int
    classes: Mapping[str, ClassCount]
    new_classes: Mapping[str, int]
    """Of the samples added: class -> images"""
    new_sides: Mapping[str, int]
    """Of the samples added: side of the split in use -> images; empty before the first split"""
    demonstration: bool
    """It brings something else into a workspace that holds the demonstration data."""
    shared: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """(files, patients) of images that this import has under several patients."""
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
