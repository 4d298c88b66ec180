"""What the map of images shows of each sample: a lean row, because there are many."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.types import SampleId, Split, Status
from storage.database.tables import SampleRow
from storage.samples import predicates


@dataclass(frozen=True, kw_only=True)
class MapRow:
    """One sample as a point."""

    sample: SampleId
    file: str
    label: int | None
    predicted: int | None
    status: Status
    split: Split | None
    suspected: bool
    """Some finder suspects something, and nobody has decided."""


def read(session: Session) -> list[MapRow]:
    """Return all samples in the order of their import."""
    scores = [
        column for queue, column in predicates.SCORES.items() if queue.value not in ("worth",)
    ]
    suspected = or_(*(column.is_not(None) for column in scores))
    rows = session.execute(
        select(
            SampleRow.id,
            SampleRow.file,
            SampleRow.label,
            SampleRow.predicted,
            SampleRow.status,
            SampleRow.split,
            suspected,
        ).order_by(SampleRow.number)
    )
    return [
        MapRow(
            sample=SampleId(key),
            file=file,
            label=label,
            predicted=predicted,
            status=Status(status),
            split=None if split is None else Split(split),
            suspected=bool(doubt) and status == Status.NEW.value,
        )
        for key, file, label, predicted, status, split, doubt in rows
    ]
