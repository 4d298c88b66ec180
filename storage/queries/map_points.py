"""What the map of images shows of each sample: a lean row, because there are many."""

from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.types import SampleId, Status
from storage.database.tables import SampleRow
from storage.samples import predicates


class MapRow(NamedTuple):
    """One sample as a point."""

    sample: SampleId
    file: str
    label: int | None
    predicted: int | None
    status: str
    suspected: bool
    """Some finder suspects something, and nobody has decided."""


def read(session: Session) -> list[MapRow]:
    """Return all samples in the order of their import."""
    scores = (column for queue, column in predicates.SCORES.items() if queue.value != "worth")
    suspected = and_(
        SampleRow.status == Status.NEW.value, or_(*(score.is_not(None) for score in scores))
    )
    rows = session.execute(
        select(
            SampleRow.id,
            SampleRow.file,
            SampleRow.label,
            SampleRow.predicted,
            SampleRow.status,
            suspected,
        ).order_by(SampleRow.number)
    )
    return [
        MapRow(SampleId(key), file, label, predicted, status, bool(doubt))
        for key, file, label, predicted, status, doubt in rows
    ]
