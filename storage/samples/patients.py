"""Patients: opaque numbers; their names are in one table."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.types import PatientId, spelling
from storage.database import sql
from storage.database.tables import PatientRow

_OLD_FORMS = "patients in old forms"
"""Key of what a session keeps for itself."""


def ensure(session: Session, name: str) -> PatientId:
    """Return the number of a patient, giving a new one to a new name.

    Raises AppError for a new name that cannot be used.
    """
    return ensure_all(session, [name])[name]


def ensure_all(session: Session, names: Iterable[str]) -> dict[str, PatientId]:
    """Return the numbers of patients by the names that were asked for; see `ensure`."""
    kept = {name: spelling.plain(name) for name in names}
    number_of = _in_old_forms(session) | _numbers(session, set(kept.values()))
    new = {
        plain: spelling.usable(name, "The patient's name", spelling.LONGEST_PATIENT)
        for name, plain in kept.items()
        if plain not in number_of
    }
    if new:
        rows = [{"name": name} for name in new.values()]
        session.execute(insert(PatientRow).on_conflict_do_nothing(), rows)
        numbers = _numbers(session, set(new.values()))
        number_of |= {plain: numbers[name] for plain, name in new.items()}
    return {name: number_of[plain] for name, plain in kept.items()}


def _numbers(session: Session, names: Iterable[str]) -> dict[str, PatientId]:
    known = select(PatientRow.name, PatientRow.id).where(PatientRow.name.in_(sql.listed(names)))
    return {name: PatientId(number) for name, number in session.execute(known)}


def find(session: Session, name: str) -> PatientId | None:
    """Return the number of a patient; None for a name that nobody has given."""
    kept = spelling.plain(name)
    number = session.scalar(select(PatientRow.id).where(PatientRow.name == kept))
    return _in_old_forms(session).get(kept) if number is None else PatientId(number)


def name_of(session: Session, patient: PatientId) -> str | None:
    """Return the name that was given for a patient."""
    return session.scalar(select(PatientRow.name).where(PatientRow.id == patient))


def names(session: Session) -> dict[PatientId, str]:
    """Return the names of all patients."""
    rows = session.execute(select(PatientRow.id, PatientRow.name).order_by(PatientRow.name))
    return {PatientId(number): name for number, name in rows}


def _in_old_forms(session: Session) -> dict[str, PatientId]:
    """Return the patients whose names were stored before names had one form, by that form.

    Read once per session: an import asks for thousands of names, and no such name is added.
    """
    old_forms: dict[str, PatientId] | None = session.info.get(_OLD_FORMS)
    if old_forms is None:
        odd = or_(PatientRow.name.op("GLOB")("*[^ -~]*"), PatientRow.name.like("%  %"))
        newest_first = (
            select(PatientRow.id, PatientRow.name).where(odd).order_by(PatientRow.id.desc())
        )
        rows = [(PatientId(number), name) for number, name in session.execute(newest_first)]
        old_forms = {
            spelling.plain(name): number for number, name in rows if spelling.plain(name) != name
        }
        session.info[_OLD_FORMS] = old_forms
    return old_forms
