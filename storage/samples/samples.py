"""Samples: images that belong to the data set, with their current state.

Every function that changes what a person sees of a sample stamps it with the next numbers of the
`revision` counter, one number per sample, so that the view can catch up in pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import (
    ClassId,
    Facets,
    PatientId,
    Sample,
    SampleId,
    SampleQuery,
    SampleState,
    Split,
    Status,
)
from storage.database import base, revisions, sql
from storage.database.tables import SampleRow, SourceRow
from storage.samples import facet_counts, predicates, sample_rows

_OPEN = (Status.NEW, Status.UNSURE)


@dataclass(frozen=True, kw_only=True)
class NewSample:
    """A sample that is about to be added; its image row exists already."""

    id: SampleId
    file: str
    label: ClassId | None
    patient: PatientId | None
    added: datetime
    conflict: bool = False
    source_count: int = 1
    status: Status = Status.NEW


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much there is in the workspace."""

    samples: int
    patients: int
    groups: int


def add(session: Session, new: NewSample) -> int:
    """Add a sample (its own group until `regroup`, no split yet); return its number."""
    number = (session.scalar(select(func.max(SampleRow.number))) or 0) + 1
    session.execute(
        insert(SampleRow).values(
            number=number,
            id=new.id,
            file=new.file,
            imported_label=new.label,
            label=new.label,
            status=new.status.value,
            patient_id=new.patient,
            imported_patient=new.patient,
            links=[],
            group_number=number,
            conflict=new.conflict,
            source_count=new.source_count,
            added=new.added,
            revision=revisions.draw(session, 1)[0],
        )
    )
    return number


def get(session: Session, sample: SampleId) -> Sample:
    """Return one sample with its sources. Raises AppError when there is none."""
    matches = many(session, [sample])
    if not matches:
        raise AppError(
            f"There is no sample {sample}.",
            title="No such sample",
            hint="`ai-mpox samples` lists them.",
        )
    return matches[0]


def many(session: Session, ids: Sequence[SampleId]) -> list[Sample]:
    """Return the samples that exist, in the order given, with their sources."""
    return sample_rows.load(session, ids)


def everything(session: Session) -> list[Sample]:
    """Return all samples in the order of import."""
    ids = session.scalars(select(SampleRow.id).order_by(SampleRow.number))
    return many(session, [SampleId(sample) for sample in ids])


def states(session: Session, ids: Iterable[SampleId]) -> dict[SampleId, SampleState]:
    """Return the current states of the samples that exist."""
    columns = SampleRow.id, SampleRow.label, SampleRow.status, SampleRow.patient_id, SampleRow.links
    rows = session.execute(select(*columns).where(SampleRow.id.in_(sql.listed(ids))))
    return {
        SampleId(row.id): sample_rows.state(row.label, row.status, row.patient_id, row.links)
        for row in rows
    }


def write_states(session: Session, new: Mapping[SampleId, SampleState]) -> None:
    """Set the current states; a conflict is open while nobody has decided about its label."""
    disagreeing = _disagreeing(session, new)
    stamps = revisions.draw(session, len(new))
    rows = [
        {
            "id": sample,
            "label": state.label,
            "status": state.status.value,
            "patient_id": state.patient,
            "links": list(state.links),
            "conflict": sample in disagreeing and state.label is None and state.status in _OPEN,
            "revision": revision,
        }
        for (sample, state), revision in zip(new.items(), stamps, strict=True)
    ]
    sql.update_each(session, base.table(SampleRow), "id", rows)


def set_predictions(
    session: Session, predictions: Mapping[SampleId, tuple[ClassId, float]]
) -> None:
    """Make these (top class, confidence) the active checkpoint's; all others become empty."""
    gone = update(SampleRow).where(
        SampleRow.predicted.is_not(None), SampleRow.id.not_in(sql.listed(predictions))
    )
    emptied = session.scalars(gone.values(predicted=None, confidence=None).returning(SampleRow.id))
    revisions.touch(session, [SampleId(sample) for sample in emptied])
    stamps = revisions.draw(session, len(predictions))
    rows = [
        {"id": sample, "predicted": top, "confidence": confidence, "revision": revision}
        for (sample, (top, confidence)), revision in zip(predictions.items(), stamps, strict=True)
    ]
    sql.update_each(session, base.table(SampleRow), "id", rows)


def set_groups(session: Session, groups: Mapping[int, int]) -> None:
    """Set the groups of samples, given as sample number -> group."""
    _set_column(session, "group_number", groups)


def set_splits(session: Session, splits: Mapping[int, Split | None]) -> None:
    """Set the sides on which samples stand now, given as sample number -> split."""
    _set_column(
        session,
        "split",
        {key: None if side is None else side.value for key, side in splits.items()},
    )


def facets(session: Session, query: SampleQuery) -> Facets:
    """Count samples per label, split, status and queue, each with its own filter lifted."""
    return facet_counts.count(session, query)


def count_among(session: Session, query: SampleQuery, ids: Sequence[SampleId]) -> int:
    """Count those of the samples that a query selects."""
    wanted = select(func.count()).select_from(SampleRow).where(SampleRow.id.in_(sql.listed(ids)))
    return session.scalar(wanted.where(predicates.matches(query))) or 0


def totals(session: Session) -> Totals:
    """Count samples, patients (of every source that still holds) and groups."""
    own = select(SampleRow.patient_id).where(SampleRow.patient_id.is_not(None))
    other = (
        select(SourceRow.patient_id)
        .join(SampleRow, SampleRow.id == SourceRow.sample_id)
        .where(SampleRow.patient_id == SampleRow.imported_patient)
        .where(SourceRow.patient_id.is_not(None))
    )
    patients = select(func.count()).select_from(union(own, other).subquery())
    counts = select(func.count(), func.count(SampleRow.group_number.distinct()))
    samples, groups = session.execute(counts.select_from(SampleRow)).one()
    return Totals(samples=samples, patients=session.scalar(patients) or 0, groups=groups)


def changed_since(session: Session, revision: int, limit: int) -> list[Sample]:
    """Return samples stamped after `revision`, oldest stamp first, about `limit` of them.

    A page never ends inside one revision: its last revision is a safe place to go on from.
    """
    stamps = select(SampleRow.revision).where(SampleRow.revision > revision)
    last = session.scalar(stamps.order_by(SampleRow.revision).offset(limit - 1).limit(1))
    chosen = select(SampleRow.id).where(SampleRow.revision > revision)
    if last is not None:
        chosen = chosen.where(SampleRow.revision <= last)
    ordered = chosen.order_by(SampleRow.revision, SampleRow.number)
    return many(session, [SampleId(sample) for sample in session.scalars(ordered)])


def _disagreeing(session: Session, ids: Iterable[SampleId]) -> set[str]:
    statement = (
        select(SourceRow.sample_id)
        .join(SampleRow, SampleRow.id == SourceRow.sample_id)
        .where(SampleRow.source_count > 1, SourceRow.sample_id.in_(sql.listed(ids)))
        .group_by(SourceRow.sample_id)
        .having(func.count(SourceRow.label.distinct()) > 1)
    )
    return set(session.scalars(statement))


def _set_column(session: Session, name: str, values: Mapping[int, int | str | None]) -> None:
    stamps = revisions.draw(session, len(values))
    rows = [
        {"number": number, name: value, "revision": revision}
        for (number, value), revision in zip(values.items(), stamps, strict=True)
    ]
    sql.update_each(session, base.table(SampleRow), "number", rows)
