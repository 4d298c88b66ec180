"""The folds that the authors of a collection published: who put which sample on which side."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import SampleId, Split
from storage.database.tables import AuthorFoldRow


def add(session: Session, places: Iterable[tuple[SampleId, int, Split]]) -> None:
    """Record where the authors put samples: (sample, fold, side). The first entry is kept."""
    rows = [
        {"sample_id": sample, "fold": fold, "split": split.value} for sample, fold, split in places
    ]
    if rows:
        session.execute(insert(AuthorFoldRow).on_conflict_do_nothing(), rows)


def counts(session: Session) -> dict[int, dict[str, int]]:
    """Count samples per fold and side: fold -> side -> samples."""
    rows = session.execute(
        select(AuthorFoldRow.fold, AuthorFoldRow.split, func.count())
        .group_by(AuthorFoldRow.fold, AuthorFoldRow.split)
        .order_by(AuthorFoldRow.fold)
    )
    table: dict[int, dict[str, int]] = defaultdict(dict)
    for fold, split, count in rows:
        table[fold][split] = count
    return dict(table)


def assignment(session: Session, fold: int) -> dict[SampleId, Split]:
    """Return where the authors put samples in one of their folds."""
    rows = session.execute(
        select(AuthorFoldRow.sample_id, AuthorFoldRow.split).where(AuthorFoldRow.fold == fold)
    )
    splits = {SampleId(sample): Split(split) for sample, split in rows}
    if not splits:
        folds = sorted(session.scalars(select(AuthorFoldRow.fold).distinct()))
        hint = f"The authors' folds here are {', '.join(map(str, folds))}." if folds else ""
        raise AppError(
            f"No photograph here belongs to the authors' fold {fold}.",
            title="No such fold",
            hint=hint or "The imported collections have no folds: split by patient.",
        )
    return splits


def held_out(session: Session) -> dict[SampleId, int]:
    """Return in which of the authors' folds a sample is held out (in their test split).

    Where no fold has a test side, their validation side counts. A sample that is held out in
    several folds goes by the first.
    """
    columns = AuthorFoldRow.sample_id, AuthorFoldRow.fold
    for side in (Split.TEST, Split.VALIDATION):
        rows = session.execute(
            select(*columns)
            .where(AuthorFoldRow.split == side.value)
            .order_by(AuthorFoldRow.fold.desc())
        )
        folds = {SampleId(sample): fold for sample, fold in rows}
        if folds:
            return folds
    return {}
