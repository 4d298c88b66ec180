"""Facet counts: how many samples each choice beside the grid would show."""

from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.types import ClassId, Facets, Queue, SampleQuery, Split, Status
from storage.database.tables import SampleRow
from storage.samples import predicates


def count(session: Session, query: SampleQuery) -> Facets:
    """Count per label, split, status and queue, each with its own filter lifted."""
    labels = _by(session, query, "labels", SampleRow.label)
    splits = _by(session, query, "splits", SampleRow.split)
    statuses = _by(session, query, "statuses", SampleRow.status)
    total = session.scalar(
        select(func.count()).select_from(SampleRow).where(predicates.matches(query))
    )
    return Facets(
        total=total or 0,
        labels={None if key is None else ClassId(key): n for key, n in labels.items()},
        splits={None if key is None else Split(key): n for key, n in splits.items()},
        statuses={Status(key): n for key, n in statuses.items()},
        queues=_queues(session, query),
    )


def _by(
    session: Session, query: SampleQuery, facet: str, column: InstrumentedAttribute[Any]
) -> dict[Any, int]:
    condition = predicates.matches(predicates.lifted(query, facet))
    rows = session.execute(select(column, func.count()).where(condition).group_by(column))
    return {key: number for key, number in rows}


def _queues(session: Session, query: SampleQuery) -> dict[Queue, int]:
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
        for condition in predicates.QUEUES.values()
    ]
    condition = predicates.matches(predicates.lifted(query, "queues"))
    row = session.execute(select(*sums).select_from(SampleRow).where(condition)).one()
    return dict(zip(predicates.QUEUES, row, strict=True))
