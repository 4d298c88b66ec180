"""What is known around one sample: the rest of its group, and what the active checkpoint says."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.types import ClassId, PatientId, SampleId
from storage.database.run_tables import RunPredictionRow, RunRow
from storage.database.tables import PatientRow, SampleRow


@dataclass(frozen=True, kw_only=True)
class Said:
    """The probabilities of the active checkpoint for one sample."""

    run_number: int
    classes: tuple[ClassId, ...]
    probabilities: tuple[float, ...]
    seen_in_training: bool


def siblings(session: Session, sample: SampleId, limit: int) -> list[SampleId]:
    """Return the other samples of its group, in the order of their import."""
    group = select(SampleRow.group_number).where(SampleRow.id == sample).scalar_subquery()
    others = select(SampleRow.id).where(SampleRow.group_number == group, SampleRow.id != sample)
    return [
        SampleId(sibling)
        for sibling in session.scalars(others.order_by(SampleRow.number).limit(limit))
    ]


def said_by_active(session: Session, sample: SampleId) -> Said | None:
    """Return what the active checkpoint says; None when there is none or it has not seen it.

    Where the same run scored a sample twice, the score by a model that never saw it wins.
    """
    statement = (
        select(RunPredictionRow, RunRow.number, RunRow.classes)
        .join(RunRow, RunRow.id == RunPredictionRow.run_id)
        .where(RunRow.active, RunPredictionRow.sample_id == sample)
        .order_by(RunPredictionRow.seen_in_training)
        .limit(1)
    )
    row = session.execute(statement).first()
    if row is None:
        return None
    prediction = row.RunPredictionRow
    return Said(
        run_number=row.number,
        classes=tuple(ClassId(class_id) for class_id in row.classes),
        probabilities=tuple(float(share) for share in prediction.probabilities),
        seen_in_training=prediction.seen_in_training,
    )


def patient_names(session: Session, ids: Iterable[PatientId]) -> dict[PatientId, str]:
    """Return the names of these patients."""
    rows = session.execute(
        select(PatientRow.id, PatientRow.name).where(PatientRow.id.in_(set(ids)))
    )
    return {PatientId(number): name for number, name in rows}
