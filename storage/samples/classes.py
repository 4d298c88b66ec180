"""The table of classes: stable ids; names, keys and colours that may change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import ClassId, ClassInfo, spelling
from storage.database.tables import ClassRow, SampleRow, SourceRow

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
    classes = all(session)
    matches = [info for info in classes if spelling.key(info.name) == spelling.key(name)]
    if matches:
        # Older workspaces may hold one name in two forms: then the form that was given counts.
        return next((info for info in matches if info.name == name.strip()), matches[0])
    listed = ", ".join(info.name for info in classes) or "none yet"
    raise AppError(
        f"There is no class called '{spelling.plain(name)}'.",
        title="No such class",
        hint=f"The classes are: {listed}.",
    )


def add(session: Session, new: Sequence[NewClass]) -> dict[str, ClassId]:
    """Add the classes that are not there yet; return the id of each by its name.

    A name that was removed earlier comes back with its old id. Raises AppError for a name that
    cannot be used.
    """
    rows = {spelling.key(row.name): row for row in session.scalars(select(ClassRow))}
    place = session.scalar(select(func.max(ClassRow.position))) or 0
    ids: dict[str, ClassId] = {}
    for new_class in new:
        row = rows.get(spelling.key(new_class.name))
        if row is None:
            place += 1
            name = _usable(new_class.name)
            row = ClassRow(name=name, code=new_class.code, colour=new_class.colour, position=place)
            row.removed = None
            session.add(row)
            session.flush()
            rows[spelling.key(name)] = row
        elif row.removed is not None:
            place += 1
            row.removed, row.position = None, place
        ids[new_class.name] = ClassId(row.id)
    session.flush()
    return ids


def bring_back(session: Session, ids: Collection[ClassId]) -> list[ClassId]:
    """Put those of the classes that were removed into the list again; return which they are."""
    gone = select(ClassRow).where(ClassRow.id.in_(list(ids)), ClassRow.removed.is_not(None))
    place = session.scalar(select(func.max(ClassRow.position))) or 0
    back = list(session.scalars(gone.order_by(ClassRow.position, ClassRow.id)))
    for row in back:
        place += 1
        row.removed, row.position = None, place
    session.flush()
    return [ClassId(row.id) for row in back]


def drop_unneeded(session: Session, ids: Collection[ClassId], import_number: int) -> None:
    """Take those of the classes out of the list that no sample has and no file of an import names.

    Their rows stay, as those of every removed class do.
    """
    samples = select(SampleRow.label).where(SampleRow.label.in_(list(ids)))
    claims = select(SourceRow.label).where(
        SourceRow.import_number == import_number, SourceRow.label.in_(list(ids))
    )
    needed = set(session.scalars(samples)) | set(session.scalars(claims))
    gone = update(ClassRow).where(
        ClassRow.id.in_([class_id for class_id in ids if class_id not in needed])
    )
    session.execute(gone.values(removed=datetime.now(UTC)))


def rename(session: Session, class_id: ClassId, name: str) -> None:
    """Give a class another name; everything that refers to it refers to its id."""
    wanted = _usable(name)
    rows = session.execute(select(ClassRow.id, ClassRow.name).where(ClassRow.id != class_id))
    if any(spelling.key(other) == spelling.key(wanted) for _number, other in rows):
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


def _usable(name: str) -> str:
    return spelling.usable(name, "The name of the class", spelling.LONGEST_CLASS)


def _info(row: ClassRow, place: int) -> ClassInfo:
    return ClassInfo(
        id=ClassId(row.id),
        name=row.name,
        code=row.code,
        key=_KEYS[place] if place < len(_KEYS) else "",
        colour=row.colour,
    )
