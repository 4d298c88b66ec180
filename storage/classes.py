"""The table of classes: stable ids; names, keys and colours that may change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import ClassId, ClassInfo
from storage.tables import ClassRow, SampleRow

_KEYS = "123456789"


@dataclass(frozen=True, kw_only=True)
class NewClass:
    """A class that is about to be added."""

    name: str
    code: str
    colour: str


def all(session: Session) -> list[ClassInfo]:
    """Return the classes in their order; the first nine have the keys "1" to "9"."""
    living = select(ClassRow).where(ClassRow.removed.is_(None))
    rows = session.scalars(living.order_by(ClassRow.position, ClassRow.id))
    return [_info(row, place) for place, row in enumerate(rows)]


def names(session: Session) -> dict[ClassId, str]:
    """Return the names of all classes, removed ones too: old runs and decisions speak of them."""
    rows = session.execute(select(ClassRow.id, ClassRow.name))
    return {ClassId(number): name for number, name in rows}


def by_name(session: Session, name: str) -> ClassInfo:
    """Return the class of this name (any case). Raises AppError when there is none."""
    wanted = name.strip().casefold()
    known = all(session)
    for info in known:
        if info.name.casefold() == wanted:
            return info
    listed = ", ".join(info.name for info in known) or "none yet"
    raise AppError(
        f"There is no class called '{name.strip()}'.",
        title="No such class",
        hint=f"The classes are: {listed}.",
    )


def add(session: Session, new: Sequence[NewClass]) -> dict[str, ClassId]:
    """Add the classes that are not there yet; return the id of each by its name.

    A name that was removed earlier comes back with its old id.
    """
    known = {row.name.casefold(): row for row in session.scalars(select(ClassRow))}
    place = session.scalar(select(func.max(ClassRow.position))) or 0
    ids: dict[str, ClassId] = {}
    for one in new:
        row = known.get(one.name.casefold())
        if row is None:
            place += 1
            row = ClassRow(name=one.name, code=one.code, colour=one.colour, position=place)
            row.removed = None
            session.add(row)
            session.flush()
            known[one.name.casefold()] = row
        elif row.removed is not None:
            place += 1
            row.removed, row.position = None, place
        ids[one.name] = ClassId(row.id)
    session.flush()
    return ids


def rename(session: Session, class_id: ClassId, name: str) -> None:
    """Give a class another name; everything that refers to it refers to its id."""
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > 100:
        raise AppError(
            "A class needs a name of 1 to 100 characters.",
            title="Name not usable",
            hint="Give another name.",
        )
    rows = session.execute(select(ClassRow.id, ClassRow.name).where(ClassRow.id != class_id))
    if any(other.casefold() == wanted.casefold() for _number, other in rows):
        raise AppError(
            f"There is (or was) another class called '{wanted}'.",
            title="Name is taken",
            hint="Choose another name, or merge the two classes.",
        )
    session.execute(update(ClassRow).where(ClassRow.id == class_id).values(name=wanted))


def remove(session: Session, class_id: ClassId) -> None:
    """Take an empty class out of the list. Raises AppError when samples still have it."""
    count = session.scalar(select(func.count()).where(SampleRow.label == class_id)) or 0
    if count:
        raise AppError(
            f"{count} samples still have this class.",
            title="Class is not empty",
            hint="Relabel them or merge the class into another one first.",
        )
    gone = update(ClassRow).where(ClassRow.id == class_id)
    session.execute(gone.values(removed=datetime.now(UTC)))


def _info(row: ClassRow, place: int) -> ClassInfo:
    return ClassInfo(
        id=ClassId(row.id),
        name=row.name,
        code=row.code,
        key=_KEYS[place] if place < len(_KEYS) else "",
        colour=row.colour,
    )
