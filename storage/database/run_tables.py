"""The tables of runs: the queue, evaluations, predictions of samples and of uploads."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import Base
from storage.database.tables import ImageRow, SampleRow


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
    run_id: Mapped[str] = mapped_column(ForeignKey(RunRow.id), index=True)
    split: Mapped[str]
    test_version: Mapped[str]
    created: Mapped[datetime]
    document: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("run_id", "split", "test_version"),)


class RunPredictionRow(Base):
    """A run's prediction for a sample, and the sample's label at that time."""

    __tablename__ = "run_predictions"
    run_id: Mapped[str] = mapped_column(ForeignKey(RunRow.id), primary_key=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey(SampleRow.id), primary_key=True)
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
    image_id: Mapped[str] = mapped_column(ForeignKey(ImageRow.id), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey(RunRow.id))
    file: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str]
    classes: Mapped[list[Any]]
    probabilities: Mapped[list[Any]]
    top: Mapped[int]
    confidence: Mapped[float]
    status: Mapped[str]
    reason: Mapped[str]
