"""What runs were measured on: whether two figures rest on the same images with the same labels."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.types import RunId
from storage.database.run_tables import RunPredictionRow


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A run, and the side of the split that its figure is of."""

    run: RunId
    split: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far two figures rest on something else; all 0: they can be compared."""

    labels: int
    """Images of both that bore another label."""
    images: int
    """Images that only one of the two was measured on."""


def difference(session: Session, first: Measured, second: Measured) -> Difference:
    """Compare what two runs were measured on; both are kept as they were then."""
    ours, theirs = aliased(RunPredictionRow), aliased(RunPredictionRow)
    shared, moved = session.execute(
        select(func.count(), func.count().filter(ours.label != theirs.label))
        .select_from(ours)
        .join(theirs, theirs.sample_id == ours.sample_id)
        .where(ours.run_id == first.run, ours.split == first.split, ours.label.is_not(None))
        .where(theirs.run_id == second.run, theirs.split == second.split)
        .where(theirs.label.is_not(None))
    ).one()
    both = _images(session, first) + _images(session, second)
    return Difference(labels=moved, images=both - 2 * shared)


def _images(session: Session, measured: Measured) -> int:
    statement = (
        select(func.count())
        .select_from(RunPredictionRow)
        .where(RunPredictionRow.run_id == measured.run)
        .where(RunPredictionRow.split == measured.split, RunPredictionRow.label.is_not(None))
    )
    return session.scalar(statement) or 0
