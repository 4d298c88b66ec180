"""The tables of the truth. Times are ISO 8601 in UTC; ids of samples are 16 hex digits.

`decisions` is append-only: triggers (in the first migration) refuse UPDATE and DELETE.
"""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcTime(TypeDecorator[datetime]):
    """A time zone aware datetime kept as ISO 8601 text, so that text order is time order."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write as UTC with microseconds."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read as an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, datetime: UtcTime}  # noqa: RUF012


def table(row: type[Base]) -> Table:
    """Return the table behind a row class, for statements that run over many rows at once."""
    return cast(Table, row.__table__)


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


class RunRow(Base):
    """One training attempt. The table is the queue, too: of the `queued` rows the one with the
    smallest `place` runs next."""

    __tablename__ = "runs"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    config: Mapped[dict[str, Any]]
    classes: Mapped[list[Any]]
    fingerprint: Mapped[str]
    split_version: Mapped[int]
    """0: the run's samples were dealt for it alone."""
    split_kind: Mapped[str]
    test_version: Mapped[str]
    leaky: Mapped[bool]
    active: Mapped[bool]
    process: Mapped[str]
    """pid and start time of its child process, so that a reused pid is not mistaken for it."""
    best_epoch: Mapped[int | None]
    epochs_done: Mapped[int]
    seconds: Mapped[float | None]
    images_per_second: Mapped[float | None]
    message: Mapped[str]
    test_opened: Mapped[int]
    deleted: Mapped[datetime | None]
    """When a person hid it; its files and numbers stay."""
    place: Mapped[int] = mapped_column(server_default="0")
    as_of: Mapped[datetime | None]
    repeats: Mapped[int | None]
    automatic: Mapped[bool] = mapped_column(server_default=false())


class EvaluationRow(Base):
    """A checkpoint measured on a split; immutable."""

    __tablename__ = "evaluations"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    split: Mapped[str]
    test_version: Mapped[str]
    created: Mapped[datetime]
    document: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("run_id", "split", "test_version"),)


class RunPredictionRow(Base):
    """A run's prediction for a sample, and the sample's label at that time."""

    __tablename__ = "run_predictions"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id"), primary_key=True)
    split: Mapped[str] = mapped_column(primary_key=True)
    """train, validation, test, withheld, pool or out_of_fold"""
    label: Mapped[int | None]
    predicted: Mapped[int]
    confidence: Mapped[float]
    probabilities: Mapped[list[Any]]
    """In the run's class order."""
    seen_in_training: Mapped[bool]

    __table_args__ = (Index(None, "run_id", "split", "label", "predicted"),)


class PredictionRow(Base):
    """One classified upload."""

    __tablename__ = "predictions"
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    file: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str]
    classes: Mapped[list[Any]]
    probabilities: Mapped[list[Any]]
    top: Mapped[int]
    confidence: Mapped[float]
    status: Mapped[str]
    reason: Mapped[str]
