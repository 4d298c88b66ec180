"""The JSON document of an import: printed by commands and kept with the import.

Keys may be added, never renamed.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict

from core.types import ClassCount, ImportReport, Skipped


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ClaimedPatients(_Part):
    """One image under several patients."""

    files: tuple[str, ...]
    patients: tuple[str, ...]


class ClaimedLabels(_Part):
    """One image under several classes."""

    files: tuple[str, ...]
    labels: tuple[str, ...]


class ImportDocument(_Part):
    """What an import did, or (dry run) would do; see `core.types.ImportReport`."""

    dry_run: bool
    cancelled: bool
    layout: str
    files_seen: int
    added: int
    known: int
    """Files of images that were there: before this import, or from an earlier file of it."""
    repeated: int
    """Of these, the ones that only repeat an earlier file of this import."""
    skipped: tuple[Skipped, ...]
    samples: int
    """In the workspace, as `patients` and `groups`."""
    patients: int
    groups: int
    classes: dict[str, ClassCount]
    """Of the workspace."""
    new_classes: dict[str, int]
    """Of the samples added: class -> images."""
    new_sides: dict[str, int]
    """Of the samples added: split -> images; empty before the first split version."""
    demonstration: bool
    """Something else comes into a workspace that holds the demonstration data."""
    shared: tuple[ClaimedPatients, ...]
    duplicates: tuple[tuple[str, ...], ...]
    """Files with the same pixels, each tuple one sample."""
    conflicts: tuple[ClaimedLabels, ...]
    differences: tuple[str, ...]
    """Sentences: what this import says other than a decision made earlier."""
    children: int
    """Augmented copies that were bound to their originals."""
    folds: dict[str, dict[str, int]]
    """Fold -> split -> images, where authors give folds."""
    notes: tuple[str, ...]
    seconds: float
    """Three decimals."""

    @classmethod
    def of(cls, report: ImportReport) -> Self:
        """Return the document of a report."""
        return cls(
            dry_run=report.dry_run,
            cancelled=report.cancelled,
            layout=report.layout,
            files_seen=report.files_seen,
            added=report.added,
            known=report.known,
            repeated=report.repeated,
            skipped=report.skipped,
            samples=report.samples,
            patients=report.patients,
            groups=report.groups,
            classes=dict(report.classes),
            new_classes=dict(report.new_classes),
            new_sides=dict(report.new_sides),
            demonstration=report.demonstration,
            shared=tuple(
                ClaimedPatients(files=files, patients=patients) for files, patients in report.shared
            ),
            duplicates=report.duplicates,
            conflicts=tuple(
                ClaimedLabels(files=files, labels=labels) for files, labels in report.conflicts
            ),
            differences=report.differences,
            children=report.children,
            folds={str(fold): dict(splits) for fold, splits in report.folds.items()},
            notes=report.notes,
            seconds=round(report.seconds, 3),
        )
