"""Split versions: where each sample was put, once, and where it stands now."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core.types import SampleId, Split, SplitVersion, Status
from storage.database import base, meta
from storage.database.tables import SampleRow, SplitAssignmentRow, SplitVersionRow

_CURRENT = "split_version"


def current(session: Session) -> SplitVersion | None:
    """Return the version in use, or None before the first."""
    number = meta.get(session, _CURRENT)
    row = None if number is None else session.get(SplitVersionRow, int(number))
    return None if row is None else _version(row)


def latest(session: Session, kind: str) -> SplitVersion | None:
    """Return the newest version of a kind."""
    statement = select(SplitVersionRow).where(SplitVersionRow.kind == kind)
    row = session.scalar(statement.order_by(SplitVersionRow.number.desc()).limit(1))
    return None if row is None else _version(row)


def use(session: Session, number: int | None) -> None:
    """Make a version, or none, the one in use; `samples.split` is set by the caller."""
    meta.put(session, _CURRENT, None if number is None else str(number))


def create(
    session: Session,
    kind: str,
    seed: int,
    leaky: bool,
    assignment: Mapping[SampleId, Split],
) -> SplitVersion:
    """Record a new version and make it the one in use."""
    number = (session.scalar(select(func.max(SplitVersionRow.number))) or 0) + 1
    row = SplitVersionRow(
        number=number, kind=kind, seed=seed, created=datetime.now(UTC), leaky=leaky
    )
    session.add(row)
    session.flush()
    assign(session, number, assignment)
    use(session, number)
    return _version(row)


def assignment(session: Session, version: int) -> dict[SampleId, Split]:
    """Return where a version put its samples (later joins do not change this)."""
    rows = session.execute(
        select(SplitAssignmentRow.sample_id, SplitAssignmentRow.split).where(
            SplitAssignmentRow.version == version
        )
    )
    return {SampleId(sample): Split(split) for sample, split in rows}


def assign(session: Session, version: int, assignment: Mapping[SampleId, Split]) -> None:
    """Put samples that have no place in a version yet."""
    rows = [
        {"version": version, "sample_id": sample, "split": split.value}
        for sample, split in assignment.items()
    ]
    if rows:
        session.connection().execute(insert(base.table(SplitAssignmentRow)), rows)


def test_version(session: Session) -> str:
    """Name what the test side holds now: "<split version>-<6 hex of (sample, label)>".

    Excluded and unlabelled samples are not measured, so they do not count. Empty before the
    first split.
    """
    version = current(session)
    if version is None:
        return ""
    rows = session.execute(
        select(SampleRow.id, SampleRow.label)
        .where(SampleRow.split == Split.TEST.value)
        .where(SampleRow.status != Status.EXCLUDED.value, SampleRow.label.is_not(None))
    )
    return name_test(version.number, [(sample, label) for sample, label in rows])


def name_test(version: int, held: Iterable[tuple[str, int | None]]) -> str:
    """Name what a test side holds: (sample, label), on a split version."""
    content = "\n".join(f"{sample} {label}" for sample, label in sorted(held))
    return f"{version}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"


def _version(row: SplitVersionRow) -> SplitVersion:
    return SplitVersion(
        number=row.number, kind=row.kind, seed=row.seed, created=row.created, leaky=row.leaky
    )
