"""What connects samples into groups: patients named by their sources, and joins."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from core.types import PatientId
from storage.database import base, sql
from storage.database.tables import SampleRow, SourceRow


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Everything that `core.data.splits.groups` needs, and the groups as they are stored."""

    stored: dict[int, int]
    """sample number -> group"""
    patients: list[tuple[int, PatientId]]
    links: list[tuple[int, int]]


def edges(session: Session) -> Edges:
    """Read what connects samples. A patient set by a person replaces those of the sources."""
    stored = {
        number: group
        for number, group in session.execute(select(SampleRow.number, SampleRow.group_number))
    }
    own = select(SampleRow.number, SampleRow.patient_id).where(SampleRow.patient_id.is_not(None))
    claimed = (
        select(SampleRow.number, SourceRow.patient_id)
        .join(SourceRow, SourceRow.sample_id == SampleRow.id)
        .where(SourceRow.patient_id.is_not(None))
        .where(SampleRow.patient_id == SampleRow.imported_patient)
    )
    patients = [
        (number, PatientId(patient))
        for number, patient in session.execute(union(own, claimed))
        if patient is not None
    ]
    linked_id = func.json_each(SampleRow.links).table_valued("value")
    linked = base.table(SampleRow).alias("linked")
    joined = (
        select(SampleRow.number, linked.c.number)
        .select_from(SampleRow)
        .join(linked_id, SampleRow.links != "[]")
        .join(linked, linked.c.id == linked_id.c.value)
    )
    links = [(sample, other) for sample, other in session.execute(joined)]
    return Edges(stored=stored, patients=patients, links=links)


def of_patients(session: Session, patients: Iterable[PatientId]) -> list[tuple[int, PatientId]]:
    """Return the (group, patient) pairs that samples and their sources make for some patients."""
    wanted = sql.listed(patients)
    own = select(SampleRow.group_number, SampleRow.patient_id).where(
        SampleRow.patient_id.in_(wanted)
    )
    claimed = (
        select(SampleRow.group_number, SourceRow.patient_id)
        .join(SampleRow, SampleRow.id == SourceRow.sample_id)
        .where(SampleRow.patient_id == SampleRow.imported_patient)
        .where(SourceRow.patient_id.in_(wanted))
    )
    rows = session.execute(union(own, claimed))
    return [(group, PatientId(patient)) for group, patient in rows if patient is not None]


def members(session: Session, groups: Iterable[int]) -> list[tuple[int, int]]:
    """Return (sample number, group) of everything in these groups."""
    rows = session.execute(
        select(SampleRow.number, SampleRow.group_number).where(
            SampleRow.group_number.in_(list(groups))
        )
    )
    return [(number, group) for number, group in rows]
