"""The tables of the data set and its ledger; those of runs are in `storage.database.run_tables`.

Ids of samples are 16 hex digits. `decisions` is append-only: triggers (in the first migration)
refuse UPDATE and DELETE.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import Base


class MetaRow(Base):
    """Small facts: `uuid` of the workspace, `active_run`, `embedding_backbone`, ..."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class CounterRow(Base):
    """Counters that only grow: `revision`, `batch`."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class ClassRow(Base):
    """One category; rows are never deleted, so that old runs keep their names."""

    __tablename__ = "classes"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str]
    colour: Mapped[str]
    position: Mapped[int]
    removed: Mapped[datetime | None]


class PatientRow(Base):
    """The only table with a patient's given name; everything else uses the number."""

    __tablename__ = "patients"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ImageRow(Base):
    """Stored bytes, addressed by pixels."""

    __tablename__ = "images"
    id: Mapped[str] = mapped_column(primary_key=True)
    pixel_sha256: Mapped[str] = mapped_column(unique=True)
    file: Mapped[str]
    """Name in `media/`, e.g. ab/abcdef0123456789.jpg"""
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]
    added: Mapped[datetime]


class FileHashRow(Base):
    """Every file ever seen (its bytes before metadata was stripped) and the image it became."""

    __tablename__ = "file_hashes"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id"), index=True)


class ImportRow(Base):
    """One import; `finished` is empty while it runs and after it was interrupted."""

    __tablename__ = "imports"
    number: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[str]
    """As the person typed it."""
    layout: Mapped[str]
    started: Mapped[datetime]
    finished: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]


class SampleRow(Base):
    """An image that belongs to the data set, with its current state (the fold of the ledger)."""

    __tablename__ = "samples"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(ForeignKey("images.id"), unique=True)
    file: Mapped[str]
    imported_label: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    label: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    status: Mapped[str]
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    imported_patient: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    links: Mapped[list[Any]]
    group_number: Mapped[int]
    split: Mapped[str | None]
    """In the current split version."""
    conflict: Mapped[bool]
    """Sources name different classes and nobody has decided yet."""
    source_count: Mapped[int]
    predicted: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    confidence: Mapped[float | None]
    added: Mapped[datetime]
    revision: Mapped[int]
    worth: Mapped[float | None]
    """Place in the query queue: near 1 first, 0 last; empty: not queried."""
    issue_label: Mapped[float | None]
    """This and the following: scores in [0, 1], higher is worse; empty: nothing suspected."""
    issue_near_duplicate: Mapped[float | None]
    issue_cross_patient: Mapped[float | None]
    issue_leak: Mapped[float | None]
    issue_outlier: Mapped[float | None]
    issue_quality: Mapped[float | None]
    issue_siblings: Mapped[float | None]
    issue_shortcut: Mapped[float | None]
    readers: Mapped[int] = mapped_column(server_default="0")
    """People who have named a class for it, by a decision or an opinion."""
    disputed: Mapped[bool] = mapped_column(server_default=false())
    """Their newest words differ, and nobody has decided since."""

    __table_args__ = (
        Index(None, "label"),
        Index(None, "status"),
        Index(None, "split"),
        Index(None, "patient_id"),
        Index(None, "group_number"),
        Index(None, "revision"),
        Index(None, "confidence"),
        Index(None, "file"),
        CheckConstraint(
            "status in ('new', 'kept', 'relabelled', 'excluded', 'unsure')", name="status"
        ),
    )


class SourceRow(Base):
    """One claim about a sample."""

    __tablename__ = "sources"
    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), index=True)
    import_number: Mapped[int] = mapped_column(ForeignKey("imports.number"))
    file: Mapped[str]
    label: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"), index=True)
    author_split: Mapped[str | None]
    origin: Mapped[str]

    __table_args__ = (UniqueConstraint("sample_id", "file", "label", "patient_id"),)


class AuthorFoldRow(Base):
    """In which split the authors put a sample in which of their folds."""

    __tablename__ = "author_folds"
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), primary_key=True)
    fold: Mapped[int] = mapped_column(primary_key=True)
    split: Mapped[str]


class ChildRow(Base):
    """An augmented copy, bound to its original and counted nowhere."""

    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), index=True)
    import_number: Mapped[int] = mapped_column(ForeignKey("imports.number"))
    file: Mapped[str]

    __table_args__ = (UniqueConstraint("parent_id", "file"),)


class DecisionRow(Base):
    """The ledger. Append-only by trigger."""

    __tablename__ = "decisions"
    number: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(index=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), index=True)
    kind: Mapped[str]
    expected: Mapped[str | None]
    before: Mapped[str]
    after: Mapped[str]
    applied: Mapped[bool]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.number"), index=True)
    who: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]
    note: Mapped[str]
    suggested_by: Mapped[dict[str, Any] | None]
    opinion: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    origin: Mapped[str] = mapped_column(server_default="")
    """ "<uuid of a workspace>#<number>" of the row that it was imported from; else empty."""


class IssueRow(Base):
    """A suspected defect of a sample, or why it is queried next; recomputed in the background."""

    __tablename__ = "issues"
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """An `IssueKind`, or "worth" """
    score: Mapped[float]
    reason: Mapped[str]
    suggested: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))
    related: Mapped[list[Any]]
    """Ids of samples."""
    arm: Mapped[str]
    """Of what is asked next: the strategy's name, or "random"; else empty."""


class SplitVersionRow(Base):
    """A numbered assignment of groups to splits; made once, never rewritten."""

    __tablename__ = "split_versions"
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """patient, author:K or image"""
    seed: Mapped[int]
    created: Mapped[datetime]
    leaky: Mapped[bool]


class SplitAssignmentRow(Base):
    """The side of a sample in a split version; members of one group share a side."""

    __tablename__ = "split_assignments"
    version: Mapped[int] = mapped_column(ForeignKey("split_versions.number"), primary_key=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), primary_key=True)
    split: Mapped[str]
