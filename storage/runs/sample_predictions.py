"""What the checkpoints of runs say about samples."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.types import ClassId, RunId, SampleId
from storage.database import base
from storage.database.run_tables import RunPredictionRow
from storage.database.tables import SampleRow


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What a run's checkpoint says about one sample, and what the sample was called then."""

    sample: SampleId
    split: str
    label: ClassId | None
    predicted: ClassId
    confidence: float
    probabilities: tuple[float, ...]
    seen_in_training: bool


def add(session: Session, run: RunId, scored: Sequence[Scored]) -> None:
    """Keep what a run's checkpoint says at the end of its training."""
    rows = [
        {
            "run_id": run,
            "sample_id": prediction.sample,
            "split": prediction.split,
            "label": prediction.label,
            "predicted": prediction.predicted,
            "confidence": prediction.confidence,
            "probabilities": list(prediction.probabilities),
            "seen_in_training": prediction.seen_in_training,
        }
        for prediction in scored
    ]
    if rows:
        session.connection().execute(insert(base.table(RunPredictionRow)), rows)


def read(session: Session, run: RunId) -> list[Scored]:
    """Return all predictions of a run's checkpoint at the end of its training."""
    rows = session.scalars(select(RunPredictionRow).where(RunPredictionRow.run_id == run))
    return [
        Scored(
            sample=SampleId(row.sample_id),
            split=row.split,
            label=None if row.label is None else ClassId(row.label),
            predicted=ClassId(row.predicted),
            confidence=row.confidence,
            probabilities=tuple(row.probabilities),
            seen_in_training=row.seen_in_training,
        )
        for row in rows
    ]


def trained_on(session: Session, run: RunId) -> list[SampleId]:
    """Return the samples that a run has learned from."""
    rows = (
        select(RunPredictionRow.sample_id)
        .distinct()
        .where(RunPredictionRow.run_id == run, RunPredictionRow.seen_in_training)
    )
    return [SampleId(sample) for sample in session.scalars(rows)]


def is_trained_on(session: Session, run: RunId, samples: Sequence[SampleId]) -> bool:
    """Return whether a run has learned from one of the samples."""
    rows = (
        select(RunPredictionRow.sample_id)
        .where(RunPredictionRow.run_id == run, RunPredictionRow.seen_in_training)
        .where(RunPredictionRow.sample_id.in_(samples))
    )
    return session.scalar(rows.limit(1)) is not None


def changed_since(session: Session, run: RunId, split: str) -> int:
    """Count samples of an evaluation whose label is another one now, or that are excluded."""
    moved = SampleRow.label.is_distinct_from(RunPredictionRow.label)
    statement = (
        select(func.count())
        .select_from(RunPredictionRow)
        .join(SampleRow, SampleRow.id == RunPredictionRow.sample_id)
        .where(RunPredictionRow.run_id == run, RunPredictionRow.split == split)
        .where(RunPredictionRow.label.is_not(None))
        .where(moved | (SampleRow.status == "excluded"))
    )
    return session.scalar(statement) or 0
