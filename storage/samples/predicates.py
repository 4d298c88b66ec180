"""Filters, orders and queues of a `SampleQuery` as SQL, shared by pages and facet counts."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from core.types import ClassId, Queue, SampleQuery, Sort, Split, Status, spelling
from storage.database import sql
from storage.database.run_tables import RunPredictionRow
from storage.database.tables import ClassRow, PatientRow, SampleRow

_INCLUDED = SampleRow.status != Status.EXCLUDED.value

_OPEN = SampleRow.status == Status.NEW.value
_IN_TEST = SampleRow.split == Split.TEST.value
_ASKED = and_(_OPEN, func.coalesce(SampleRow.split, "") != Split.TEST.value)
"""Undecided and outside the test set: what a finder's queue may ask about."""

SCORES: dict[Queue, InstrumentedAttribute[float | None]] = {
    Queue.WORTH: SampleRow.worth,
    Queue.LABEL: SampleRow.issue_label,
    Queue.NEAR_DUPLICATE: SampleRow.issue_near_duplicate,
    Queue.CROSS_PATIENT: SampleRow.issue_cross_patient,
    Queue.LEAK: SampleRow.issue_leak,
    Queue.SIBLINGS: SampleRow.issue_siblings,
    Queue.OUTLIER: SampleRow.issue_outlier,
    Queue.QUALITY: SampleRow.issue_quality,
    Queue.SHORTCUT: SampleRow.issue_shortcut,
}
"""The queues whose samples have scores, and the columns that hold them."""

NO_SCORE = -1.0
"""Sorts a sample without a score behind all that have one."""

QUEUES: dict[Queue, ColumnElement[bool]] = {
    **{queue: and_(column.is_not(None), _ASKED) for queue, column in SCORES.items()},
    Queue.TEST: and_(or_(*(column.is_not(None) for column in SCORES.values())), _OPEN, _IN_TEST),
    Queue.SECOND_READING: and_(SampleRow.readers == 1, _INCLUDED),
    Queue.ADJUDICATION: and_(SampleRow.disputed.is_(True), _INCLUDED),
    Queue.CONFLICT: SampleRow.conflict.is_(True),
    Queue.UNLABELLED: and_(SampleRow.label.is_(None), _INCLUDED),
    Queue.UNSURE: SampleRow.status == Status.UNSURE.value,
    # What a person has decided on does not come back until its status changes.
    Queue.DISAGREEMENT: and_(
        SampleRow.predicted != SampleRow.label, SampleRow.status == Status.NEW.value
    ),
    Queue.DUPLICATE: and_(SampleRow.source_count > 1, _INCLUDED),
    Queue.PATIENT_UNKNOWN: and_(SampleRow.patient_id.is_(None), _INCLUDED),
}


def matches(query: SampleQuery) -> ColumnElement[bool]:
    """Return the condition that a sample answers the query."""
    parts: list[ColumnElement[bool]] = [true()]
    if query.labels:
        parts.append(_label_in(query.labels))
    if query.splits:
        parts.append(_split_in(query.splits))
    if query.statuses:
        parts.append(SampleRow.status.in_([status.value for status in query.statuses]))
    parts.extend(QUEUES[queue] for queue in query.queues)
    if query.patient is not None:
        parts.append(SampleRow.patient_id == query.patient)
    if query.text.strip():
        parts.append(_text(query.text.strip()))
    if query.among is not None:
        parts.append(SampleRow.id.in_(sql.listed(query.among)))
    if query.cell is not None:
        cell = query.cell
        wanted = select(RunPredictionRow.sample_id).where(
            RunPredictionRow.run_id == cell.run,
            RunPredictionRow.split == cell.split,
            RunPredictionRow.label == cell.true,
            RunPredictionRow.predicted == cell.predicted,
        )
        parts.append(SampleRow.id.in_(wanted))
    return and_(*parts)


def lifted(query: SampleQuery, facet: str) -> SampleQuery:
    """Return the query without its filter on one facet (labels, splits, statuses, queues)."""
    without = {
        "labels": replace(query, labels=()),
        "splits": replace(query, splits=()),
        "statuses": replace(query, statuses=()),
        "queues": replace(query, queues=()),
    }
    return without[facet]


def order(query: SampleQuery) -> list[ColumnElement[Any]]:
    """Return the columns to sort by; ties and missing values come last, by sample number."""
    number: ColumnElement[Any] = SampleRow.number.expression
    if query.sort is Sort.SCORE:
        score = func.coalesce(SCORES[query.scored_by], NO_SCORE)
        return [score.asc() if query.descending else score.desc(), number]
    key = _sort_key(query.sort)
    if key is None:
        return [number.desc() if query.descending else number.asc()]
    missing = case((key.is_(None), 1), else_=0)
    return [missing, key.desc() if query.descending else key.asc(), number]


def _sort_key(sort: Sort) -> ColumnElement[Any] | None:
    if sort is Sort.FILE:
        return func.casefold(SampleRow.file)
    if sort is Sort.LABEL:
        position = select(ClassRow.position).where(ClassRow.id == SampleRow.label)
        return position.scalar_subquery()
    if sort is Sort.PATIENT:
        name = select(func.casefold(PatientRow.name)).where(PatientRow.id == SampleRow.patient_id)
        return name.scalar_subquery()
    if sort is Sort.CONFIDENCE:
        return SampleRow.confidence.expression
    return None


def _label_in(labels: tuple[ClassId | None, ...]) -> ColumnElement[bool]:
    named = SampleRow.label.in_([label for label in labels if label is not None])
    return or_(named, SampleRow.label.is_(None)) if None in labels else named


def _split_in(splits: tuple[Split | None, ...]) -> ColumnElement[bool]:
    named = SampleRow.split.in_([split.value for split in splits if split is not None])
    return or_(named, SampleRow.split.is_(None)) if None in splits else named


def _text(text: str) -> ColumnElement[bool]:
    patients = select(PatientRow.id).where(_contains(PatientRow.name.expression, text))
    return or_(_contains(SampleRow.file.expression, text), SampleRow.patient_id.in_(patients))


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    if text.isascii():
        return column.ilike("%" + _escaped(text) + "%", escape="\\")
    # SQLite's LIKE folds the case of ASCII only, and an accent may be a character of its own.
    return func.instr(func.folded(column), spelling.folded(text)) > 0


def _escaped(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text
