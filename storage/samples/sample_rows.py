"""Rows of the tables as `Sample`s."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.types import (
    ClassId,
    PatientId,
    Queue,
    Sample,
    SampleId,
    SampleState,
    Source,
    Split,
    Status,
)
from storage.database import sql
from storage.database.tables import ImageRow, PatientRow, SampleRow, SourceRow
from storage.samples import predicates


def load(session: Session, ids: Sequence[SampleId]) -> list[Sample]:
    """Return the samples that exist, in the order given, with their sources."""
    wanted = sql.listed(ids)
    flags = [condition.label(queue.value) for queue, condition in predicates.QUEUES.items()]
    statement = (
        select(SampleRow, ImageRow.width, ImageRow.height, PatientRow.name, *flags)
        .join(ImageRow, ImageRow.id == SampleRow.id)
        .outerjoin(PatientRow, PatientRow.id == SampleRow.patient_id)
        .where(SampleRow.id.in_(wanted))
    )
    sources = _sources(session, ids)
    found = {
        row.SampleRow.id: _sample(row, tuple(sources[row.SampleRow.id]))
        for row in session.execute(statement, execution_options={"populate_existing": True})
    }
    return [found[sample] for sample in ids if sample in found]


def state(label: int | None, status: str, patient: int | None, links: list[Any]) -> SampleState:
    """Make a state of its columns."""
    return SampleState(
        label=None if label is None else ClassId(label),
        status=Status(status),
        patient=None if patient is None else PatientId(patient),
        links=tuple(SampleId(link) for link in links),
    )


def _sample(row: Any, sources: tuple[Source, ...]) -> Sample:
    it: SampleRow = row.SampleRow
    return Sample(
        id=SampleId(it.id),
        number=it.number,
        file=it.file,
        imported_label=None if it.imported_label is None else ClassId(it.imported_label),
        state=state(it.label, it.status, it.patient_id, it.links),
        group=it.group_number,
        split=None if it.split is None else Split(it.split),
        queues=frozenset(queue for queue in predicates.QUEUES if getattr(row, queue.value)),
        predicted=None if it.predicted is None else ClassId(it.predicted),
        confidence=it.confidence,
        added=it.added,
        revision=it.revision,
        width=row.width,
        height=row.height,
        patient_name=row.name,
        sources=sources,
        scores=_scores(it),
        readers=it.readers,
    )


def _scores(it: SampleRow) -> dict[Queue, float]:
    found = {queue: getattr(it, column.key) for queue, column in predicates.SCORES.items()}
    return {queue: score for queue, score in found.items() if score is not None}


def _sources(session: Session, ids: Sequence[SampleId]) -> dict[str, list[Source]]:
    wanted = sql.listed(ids)
    rows = session.execute(
        select(
            SourceRow.sample_id,
            SourceRow.file,
            SourceRow.import_number,
            SourceRow.label,
            SourceRow.patient_id,
            SourceRow.author_split,
            SourceRow.origin,
        )
        .where(SourceRow.sample_id.in_(wanted))
        .order_by(SourceRow.id)
    )
    found: dict[str, list[Source]] = defaultdict(list)
    for row in rows:
        found[row.sample_id].append(
            Source(
                file=row.file,
                import_number=row.import_number,
                label=None if row.label is None else ClassId(row.label),
                patient=None if row.patient_id is None else PatientId(row.patient_id),
                author_split=None if row.author_split is None else Split(row.author_split),
                origin=row.origin,
            )
        )
    return found
