"""Sources: what each file of each import claims about a sample."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, func, select, union, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.types import ClassId, PatientId, SampleId, SampleState, Split, Status
from storage.database import base, sql
from storage.database.tables import ChildRow, ImportRow, SampleRow, SourceRow


@dataclass(frozen=True, kw_only=True)
class NewSource:
    """One claim that is about to be recorded."""

    sample: SampleId
    import_number: int
    file: str
    label: ClassId | None
    patient: PatientId | None
    author_split: Split | None
    origin: str

    @property
    def claim(self) -> tuple[str, str, int | None, int | None, str | None]:
        """What makes two claims the same one: the sample, the file's own name, what it says."""
        split = None if self.author_split is None else self.author_split.value
        return (self.sample, self.file.rpartition("/")[2], self.label, self.patient, split)


def begin(session: Session, root: str, layout: str) -> int:
    """Open an import and return its number; an interrupted one of the same root goes on."""
    left = select(ImportRow.number).where(
        ImportRow.root == root, ImportRow.layout == layout, ImportRow.finished.is_(None)
    )
    number = session.scalar(left.order_by(ImportRow.number.desc()).limit(1))
    if number is not None:
        return number
    row = ImportRow(root=root, layout=layout, started=datetime.now(UTC))
    row.finished, row.report = None, None
    session.add(row)
    session.flush()
    return row.number


def finish(session: Session, number: int, report: dict[str, Any]) -> None:
    """Close an import with what it did."""
    row = update(ImportRow).where(ImportRow.number == number)
    session.execute(row.values(finished=datetime.now(UTC), report=report))


def of_samples(session: Session, samples: Iterable[SampleId]) -> Iterator[NewSource]:
    """Yield the claims about some samples, oldest first."""
    rows = session.scalars(
        select(SourceRow).where(SourceRow.sample_id.in_(sql.listed(samples))).order_by(SourceRow.id)
    )
    for row in rows:
        yield NewSource(
            sample=SampleId(row.sample_id),
            import_number=row.import_number,
            file=row.file,
            label=None if row.label is None else ClassId(row.label),
            patient=None if row.patient_id is None else PatientId(row.patient_id),
            author_split=None if row.author_split is None else Split(row.author_split),
            origin=row.origin,
        )


def has_origin(session: Session, origin: str) -> bool:
    """Say whether any claim comes from there."""
    return (
        session.scalar(select(SourceRow.id).where(SourceRow.origin == origin).limit(1)) is not None
    )


def has_others(session: Session, origin: str, among: Iterable[SampleId] | None = None) -> bool:
    """Say whether a sample (of all, or of some) has no claim that comes from there."""
    theirs = select(SourceRow.sample_id).where(SourceRow.origin == origin)
    others = select(SampleRow.id).where(SampleRow.id.not_in(theirs))
    if among is None:
        return session.scalar(others.limit(1)) is not None
    wanted = list(among)
    claimed = set(session.scalars(theirs.where(SourceRow.sample_id.in_(sql.listed(wanted)))))
    return not claimed.issuperset(wanted)


def add(session: Session, claims: Iterable[NewSource]) -> None:
    """Record claims, in their order."""
    rows = [
        {
            "sample_id": source.sample,
            "import_number": source.import_number,
            "file": source.file,
            "label": source.label,
            "patient_id": source.patient,
            "author_split": None if source.author_split is None else source.author_split.value,
            "origin": source.origin,
        }
        for source in claims
    ]
    if rows:
        session.execute(insert(SourceRow).on_conflict_do_nothing(), rows)


def add_children(
    session: Session, import_number: int, children: Iterable[tuple[SampleId, str]]
) -> int:
    """Bind augmented copies, given as (parent, file); return how many were new."""
    rows = [
        {"parent_id": parent, "import_number": import_number, "file": file}
        for parent, file in children
    ]
    if not rows:
        return 0
    before = session.scalar(select(func.count(ChildRow.id))) or 0
    session.execute(insert(ChildRow).on_conflict_do_nothing(), rows)
    return (session.scalar(select(func.count(ChildRow.id))) or 0) - before


def set_imported(session: Session, states: Mapping[SampleId, SampleState]) -> None:
    """Correct what the imports together say about samples that nobody has decided about."""
    rows = [
        {"id": sample, "imported_label": state.label, "imported_patient": state.patient}
        for sample, state in states.items()
    ]
    sql.update_each(session, base.table(SampleRow), "id", rows)


def imported_until(session: Session, moment: datetime) -> dict[SampleId, SampleState]:
    """Return the states that the imports begun by a moment gave to the samples of that moment.

    As imports do it: a label that not all claims share is none; the first patient counts.
    """
    rows = session.execute(
        select(SampleRow.id, SourceRow.label, SourceRow.patient_id)
        .outerjoin(
            SourceRow,
            and_(
                SourceRow.sample_id == SampleRow.id,
                SourceRow.import_number.in_(
                    select(ImportRow.number).where(ImportRow.started <= moment)
                ),
            ),
        )
        .where(SampleRow.added <= moment)
        .order_by(SampleRow.number, SourceRow.id)
    )
    labels: dict[SampleId, set[ClassId]] = {}
    patients: dict[SampleId, PatientId | None] = {}
    for sample, label, patient in rows:
        claimed = labels.setdefault(SampleId(sample), set())
        if label is not None:
            claimed.add(ClassId(label))
        if patients.get(SampleId(sample)) is None:
            patients[SampleId(sample)] = None if patient is None else PatientId(patient)
    return {
        sample: SampleState(
            label=next(iter(claimed)) if len(claimed) == 1 else None,
            status=Status.NEW,
            patient=patients[sample],
        )
        for sample, claimed in labels.items()
    }


def set_counts(session: Session, counts: Mapping[SampleId, tuple[int, bool]]) -> None:
    """Note how many claims there are and whether they name different classes undecided."""
    rows = [
        {"id": sample, "source_count": count, "conflict": conflict}
        for sample, (count, conflict) in counts.items()
    ]
    sql.update_each(session, base.table(SampleRow), "id", rows)


def class_counts(session: Session) -> dict[ClassId, tuple[int, int]]:
    """Count the (images, patients) of each class, without what is excluded.

    The patients are those of every source that still holds; a sample without any counts none.
    """
    included = SampleRow.status != Status.EXCLUDED.value
    own = select(SampleRow.label, SampleRow.patient_id).where(included)
    claimed = (
        select(SampleRow.label, SourceRow.patient_id)
        .join(SourceRow, SourceRow.sample_id == SampleRow.id)
        .where(included, SampleRow.patient_id == SampleRow.imported_patient)
    )
    pairs = union(own, claimed).subquery()
    patients = session.execute(
        select(pairs.c.label, func.count(pairs.c.patient_id.distinct())).group_by(pairs.c.label)
    )
    per_class = {label: count for label, count in patients}
    images = session.execute(
        select(SampleRow.label, func.count())
        .where(included, SampleRow.label.is_not(None))
        .group_by(SampleRow.label)
    )
    return {
        ClassId(label): (count, per_class.get(label, 0))
        for label, count in images
        if label is not None
    }
