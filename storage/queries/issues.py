"""Results of finders and query strategies: replaced as a whole, read with the samples.

The scores are columns of the samples, where queries filter and sort by them; reasons and related
samples are in a table of their own.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.types import SCORED, ClassId, Issue, IssueKind, Queue, SampleId, Status, Suggestion, Why
from storage.database import base, revisions, sql
from storage.database.run_tables import RunRow
from storage.database.tables import (
    ClassRow,
    DecisionRow,
    IssueRow,
    SampleRow,
    SourceRow,
    SplitVersionRow,
)
from storage.samples import predicates

CONTRADICTED = "Another reason speaks for another class."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A sample's place in the queue of what to ask next."""

    sample: SampleId
    score: float
    """In (0, 1]: its place, the next one highest."""
    reason: str
    arm: str
    """The strategy's name, or "random"."""
    suggested: ClassId | None = None


def replace(session: Session, issues: Iterable[Issue], questions: Iterable[Asked]) -> int:
    """Make these the issues and the queue; return how many samples have other scores than before.

    Only those are stamped with a new revision.
    """
    rows = [_issue_columns(issue) for issue in issues] + [
        _asked_columns(question) for question in questions
    ]
    scores: dict[str, dict[Queue, float]] = {}
    for row in rows:
        if row["kind"] in SCORED:
            scores.setdefault(row["sample_id"], {})[Queue(row["kind"])] = row["score"]
    session.execute(delete(IssueRow))
    if rows:
        session.connection().execute(insert(base.table(IssueRow)), rows)
    changed = {
        sample: scores.get(sample, {})
        for sample, before in _scores(session).items()
        if before != scores.get(sample, {})
    }
    _write(session, changed)
    return len(changed)


def of(session: Session, sample: SampleId) -> list[Issue]:
    """Return what is suspected of a sample, worst first."""
    kinds = [kind.value for kind in IssueKind]
    rows = session.scalars(
        select(IssueRow)
        .where(IssueRow.sample_id == sample, IssueRow.kind.in_(kinds))
        .order_by(IssueRow.score.desc(), IssueRow.kind)
    )
    return [_issue(row) for row in rows]


def reasons(session: Session, queue: Queue, ids: Sequence[SampleId]) -> dict[SampleId, Why]:
    """Return why a queue asks for the samples.

    Where several issues of a sample suggest several classes, none is: a person has to look.
    """
    wanted = IssueRow.sample_id.in_(sql.listed(ids))
    suggested: dict[str, set[int]] = defaultdict(set)
    statement = select(IssueRow.sample_id, IssueRow.suggested).where(wanted)
    for sample, label in session.execute(statement):
        if label is not None:
            suggested[sample].add(label)
    rows = session.execute(
        select(IssueRow.sample_id, IssueRow.reason, IssueRow.suggested).where(
            IssueRow.kind == queue.value, wanted
        )
    )
    return {SampleId(row.sample_id): _why(row, suggested[row.sample_id]) for row in rows}


def _why(row: Any, suggested: Collection[int]) -> Why:
    if len(suggested) > 1:
        return Why(reason=f"{row.reason} {CONTRADICTED}", suggested=None)
    label = None if row.suggested is None else ClassId(row.suggested)
    return Why(reason=row.reason, suggested=label)


def suggestions(
    session: Session, queue: Queue, ids: Sequence[SampleId]
) -> dict[SampleId, Suggestion]:
    """Return what the ledger remembers of a queue that showed these samples."""
    rows = session.execute(
        select(IssueRow.sample_id, IssueRow.score, IssueRow.arm).where(
            IssueRow.kind == queue.value, IssueRow.sample_id.in_(sql.listed(ids))
        )
    )
    return {
        SampleId(sample): Suggestion(queue=arm or queue.value, score=score)
        for sample, score, arm in rows
    }


def inputs(session: Session) -> str:
    """Return what issues and queues depend on, as a short text: equal texts, equal answers.

    Empty where every sample is excluded, or there are none.
    """
    included = select(SampleRow.id).where(SampleRow.status != Status.EXCLUDED.value).limit(1)
    if session.scalar(included) is None:
        return ""
    counts = [
        session.scalar(select(func.max(DecisionRow.number))),
        session.scalar(select(func.count()).select_from(SampleRow)),
        session.scalar(select(func.max(SourceRow.id))),
        session.scalar(select(func.max(SplitVersionRow.number))),
        session.scalar(select(func.max(RunRow.number)).where(RunRow.finished.is_not(None))),
    ]
    named = session.execute(select(ClassRow.id, ClassRow.name).where(ClassRow.removed.is_(None)))
    return json.dumps([counts, [[key, name] for key, name in named]])


def _scores(session: Session) -> dict[str, dict[Queue, float]]:
    columns = list(predicates.SCORES.values())
    scores = {}
    for key, *values in session.execute(select(SampleRow.id, *columns)):
        pairs = zip(predicates.SCORES, values, strict=True)
        scores[key] = {queue: score for queue, score in pairs if score is not None}
    return scores


def _write(session: Session, changed: Mapping[str, Mapping[Queue, float]]) -> None:
    if not changed:
        return
    names = {queue: column.key for queue, column in predicates.SCORES.items()}
    table = base.table(SampleRow)
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names.values()}
    session.connection().execute(
        update(table).where(table.c.id == bindparam("key")).values(**values),
        [
            {"key": key} | {f"new_{name}": scores.get(queue) for queue, name in names.items()}
            for key, scores in changed.items()
        ],
    )
    revisions.touch(session, [SampleId(key) for key in changed])


def _issue_columns(issue: Issue) -> dict[str, Any]:
    return {
        "sample_id": issue.sample,
        "kind": issue.kind.value,
        "score": issue.score,
        "reason": issue.reason,
        "suggested": issue.suggested,
        "related": list(issue.related),
        "arm": "",
    }


def _asked_columns(question: Asked) -> dict[str, Any]:
    return {
        "sample_id": question.sample,
        "kind": Queue.WORTH.value,
        "score": question.score,
        "reason": question.reason,
        "suggested": question.suggested,
        "related": [],
        "arm": question.arm,
    }


def _issue(row: IssueRow) -> Issue:
    return Issue(
        sample=SampleId(row.sample_id),
        kind=IssueKind(row.kind),
        score=row.score,
        reason=row.reason,
        suggested=None if row.suggested is None else ClassId(row.suggested),
        related=tuple(SampleId(sample) for sample in row.related),
    )
