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
    samples = {
        row.SampleRow.id: _sample(row, tuple(sources[row.SampleRow.id]))
        for row in session.execute(statement, execution_options={"populate_existing": True})
    }
    return [samples[sample] for sample in ids if sample in samples]


def state(label: int | None, status: str, patient: int | None, links: list[Any]) -> SampleState:
    """Make a state of its columns."""
    return SampleState(
        label=None if label is None else ClassId(label),
        status=Status(status),
        patient=None if patient is None else PatientId(patient),
        links=tuple(SampleId(link) for link in links),
    )


def _sample(row: Any, sources: tuple[Source, ...]) -> Sample:
    sample: SampleRow = row.SampleRow
    return Sample(
        id=SampleId(sample.id),
        number=sample.number,
        file=sample.file,
        imported_label=None if sample.imported_label is None else ClassId(sample.imported_label),
        state=state(sample.label, sample.status, sample.patient_id, sample.links),
        group=sample.group_number,
        split=None if sample.split is None else Split(sample.split),
        queues=frozenset(queue for queue in predicates.QUEUES if getattr(row, queue.value)),
        predicted=None if sample.predicted is None else ClassId(sample.predicted),
        confidence=sample.confidence,
        added=sample.added,
        revision=sample.revision,
        width=row.width,
        height=row.height,
        patient_name=row.name,
        sources=sources,
        scores=_scores(sample),
        readers=sample.readers,
    )


def _scores(sample: SampleRow) -> dict[Queue, float]:
    scores = {queue: getattr(sample, column.key) for queue, column in predicates.SCORES.items()}
    return {queue: score for queue, score in scores.items() if score is not None}


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
    by_sample: dict[str, list[Source]] = defaultdict(list)
    for row in rows:
        by_sample[row.sample_id].append(
            Source(
                file=row.file,
                import_number=row.import_number,
                label=None if row.label is None else ClassId(row.label),
                patient=None if row.patient_id is None else PatientId(row.patient_id),
                author_split=None if row.author_split is None else Split(row.author_split),
                origin=row.origin,
            )
        )
    return by_sample
