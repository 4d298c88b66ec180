"""Patients: opaque numbers; the names given stand in one table."""

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.types import PatientId
from storage.tables import PatientRow


def ensure(session: Session, name: str) -> PatientId:
    """Return the number of a patient, giving a new one to a new name."""
    found = find(session, name)
    if found is not None:
        return found
    session.execute(insert(PatientRow).values(name=name).on_conflict_do_nothing())
    return PatientId(session.scalars(select(PatientRow.id).where(PatientRow.name == name)).one())


def find(session: Session, name: str) -> PatientId | None:
    """Return the number of a patient; None for a name that nobody has given."""
    number = session.scalar(select(PatientRow.id).where(PatientRow.name == name))
    return None if number is None else PatientId(number)


def name_of(session: Session, patient: PatientId) -> str | None:
    """Return the name that was given for a patient."""
    return session.scalar(select(PatientRow.name).where(PatientRow.id == patient))


def names(session: Session) -> dict[PatientId, str]:
    """Return the names of all patients."""
    rows = session.execute(select(PatientRow.id, PatientRow.name).order_by(PatientRow.name))
    return {PatientId(number): name for number, name in rows}
