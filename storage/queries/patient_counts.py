"""How many samples each patient has among those that a query selects."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.types import PatientId, SampleQuery
from storage.database.tables import PatientRow, SampleRow
from storage.samples import predicates


@dataclass(frozen=True, kw_only=True)
class PatientCount:
    """A patient and the number of samples."""

    id: PatientId
    name: str
    samples: int


def top(session: Session, query: SampleQuery, limit: int) -> tuple[list[PatientCount], int]:
    """Return the patients with most samples, and how many patients there are in all.

    The query's own patient is lifted, as in every facet.
    """
    condition = predicates.matches(replace(query, patient=None))
    number = func.count()
    rows = session.execute(
        select(PatientRow.id, PatientRow.name, number)
        .join(SampleRow, SampleRow.patient_id == PatientRow.id)
        .where(condition)
        .group_by(PatientRow.id)
        .order_by(number.desc(), PatientRow.name)
        .limit(limit)
    )
    counts = [
        PatientCount(id=PatientId(patient), name=name, samples=samples)
        for patient, name, samples in rows
    ]
    patients = select(func.count(SampleRow.patient_id.distinct())).where(condition)
    return counts, session.scalar(patients) or 0


def apart(session: Session, query: SampleQuery) -> int:
    """Count the distinct patients among the samples that a query selects.

    Patients who share an image, or were joined, are one; a sample without a patient is its own.
    """
    patients = select(func.count(SampleRow.group_number.distinct())).where(
        predicates.matches(query)
    )
    return session.scalar(patients) or 0
