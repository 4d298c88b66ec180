"""The queues: what finders suspect and what a strategy asks next, computed as a whole and kept.

Nothing here blocks a screen: the dashboard runs `refresh` in a process of its own
(`dashboard.services.queues.worker`), a person may run it as a command.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from core.curation import query_strategies
from core.curation.query_strategies import Known
from core.errors import AppError
from core.types import (
    IntArray,
    Issue,
    IssueKind,
    Progress,
    ProgressCallback,
    Queue,
    SampleId,
    Split,
    Status,
    Suggestion,
)
from dashboard.services.queues import embedding_map, embeddings, evidence, issues
from dashboard.services.queues.evidence import Gathered
from storage.database import meta
from storage.queries import issues as stored
from storage.queries import similarity
from storage.queries.issues import Asked
from storage.workspace.folder import Workspace

MOST_ASKED = 2_000
"""Length of the queue of what to ask next; it is made anew long before it is used up."""
_STRATEGY = "queues.strategy"
_MADE_FROM = "queues.inputs"
_MADE_AT = "queues.made"
_BUNDLED = (IssueKind.NEAR_DUPLICATE, IssueKind.CROSS_PATIENT)


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the stored queues were made from, and when."""

    strategy: str
    at: datetime | None
    """None: never"""
    current: bool
    """Nothing that they depend on has changed since."""


def refresh(workspace: Workspace, progress: ProgressCallback = lambda progress: None) -> int:
    """Compute all queues anew and keep them; return how many samples have other scores now.

    Raises WeightsUnavailable, or AppError naming pictures that cannot be read. What was kept
    before stays then.
    """
    made_of, chosen = inputs(workspace), strategy(workspace)
    seen_by = embeddings.eye_at_hand(workspace)
    gathered = evidence.gather(workspace, seen_by, progress)
    found: dict[IssueKind, list[Issue]] = {}
    for done, kind in enumerate(IssueKind):
        stage = "Looking for defects"
        progress(Progress(stage=stage, done=done, total=len(IssueKind), seconds_left=None))
        found[kind] = issues.of_kind(gathered, kind)
    asked = _asked(gathered, found, chosen)
    kept = [one for rows in found.values() for one in rows if one.certain]
    ids = [sample.id for sample in gathered.samples]
    progress(Progress(stage="Drawing the map", done=0, total=1, seconds_left=None))
    vectors = gathered.evidence.embeddings[-1]
    embedding_map.compute(workspace, ids, vectors, f"{seen_by.backbone} {seen_by.init}")
    similarity.write(workspace.cache / "embeddings" / similarity.LOOKED_AT, ids, vectors)
    with workspace.transaction() as session:
        changed = stored.replace(session, kept, asked)
        meta.put(session, _MADE_FROM, made_of)
        meta.put(session, _MADE_AT, datetime.now(UTC).isoformat())
    return changed


def made(workspace: Workspace) -> Made:
    """Return when the stored queues were made, and whether they still hold."""
    with workspace.read() as session:
        at = made_at(session)
    return Made(
        strategy=strategy(workspace),
        at=at,
        current=made_from(workspace) == inputs(workspace),
    )


def made_at(session: Session) -> datetime | None:
    """Return when the stored queues were made; None: never."""
    at = meta.get(session, _MADE_AT)
    return None if at is None else datetime.fromisoformat(at)


def strategy(workspace: Workspace) -> str:
    """Return the name of the query strategy that orders what is asked next."""
    with workspace.read() as session:
        known = meta.get(session, _STRATEGY)
    return (
        known
        if known is not None and known in query_strategies.STRATEGIES
        else query_strategies.DEFAULT
    )


def choose_strategy(workspace: Workspace, name: str) -> None:
    """Set the query strategy. Raises AppError for an unknown one."""
    if name not in query_strategies.STRATEGIES:
        raise AppError(
            f"There is no query strategy called {name!r}.",
            title="Unknown strategy",
            hint=f"Choose one of {', '.join(query_strategies.STRATEGIES)}.",
        )
    with workspace.transaction() as session:
        meta.put(session, _STRATEGY, name)


def suggestions(
    workspace: Workspace, queue: Queue, ids: Sequence[SampleId]
) -> dict[SampleId, Suggestion]:
    """Return what the ledger shall remember of the queue that showed these samples."""
    with workspace.read() as session:
        return stored.suggestions(session, queue, ids)


def made_from(workspace: Workspace) -> str:
    """Return the `inputs` that the stored queues were made from; empty: there are none."""
    with workspace.read() as session:
        return meta.get(session, _MADE_FROM) or ""


def inputs(workspace: Workspace) -> str:
    """Return what the queues depend on; equal texts mean that nothing has changed.

    Empty where there are no samples to look at.
    """
    with workspace.read() as session:
        facts = stored.inputs(session)
    if not facts:
        return ""
    seen_by = embeddings.eye_at_hand(workspace)
    return json.dumps([facts, strategy(workspace), seen_by.backbone, seen_by.init])


def _asked(gathered: Gathered, found: dict[IssueKind, list[Issue]], chosen: str) -> list[Asked]:
    known = _known(gathered, found)
    # As many random picks as there have been decisions ago: the same state, the same queue.
    rng = np.random.default_rng([0, int(known.decided.sum())])
    picks = query_strategies.queue(known, rng, chosen)[:MOST_ASKED]
    names = list(gathered.evidence.class_names)
    doubted = {one.sample: one.suggested for one in found[IssueKind.LABEL] if one.certain}
    return [
        Asked(
            sample=gathered.samples[pick.row].id,
            score=1 - place / MOST_ASKED,
            reason=query_strategies.reason(known, pick, names),
            arm="random" if pick.random else chosen,
            suggested=doubted.get(gathered.samples[pick.row].id),
        )
        for place, pick in enumerate(picks)
    ]


def _known(gathered: Gathered, found: dict[IssueKind, list[Issue]]) -> Known:
    it = gathered.evidence
    settled = [
        sample.state.status is not Status.NEW or sample.split is Split.TEST
        for sample in gathered.samples
    ]
    noise = {one.sample: one.score for one in found[IssueKind.LABEL]}
    return Known(
        embeddings=it.embeddings[-1],
        labels=it.labels,
        decided=np.array(settled, dtype=np.bool_),
        bundles=_bundles(gathered, [one for kind in _BUNDLED for one in found[kind]]),
        probabilities=it.opinion,
        second=it.second,
        noise=np.array([noise.get(sample.id, 0.0) for sample in gathered.samples]),
    )


def _bundles(gathered: Gathered, twins: Sequence[Issue]) -> IntArray:
    """Number samples so that siblings and near duplicates, one decision for all, share a number."""
    parent = {int(group): int(group) for group in gathered.evidence.groups}
    group_of = {sample.id: sample.group for sample in gathered.samples}

    def root(group: int) -> int:
        while parent[group] != group:
            group = parent[group]
        return group

    for one in twins:
        for other in one.related:
            parent[root(group_of[one.sample])] = root(group_of[other])
    return np.array([root(sample.group) for sample in gathered.samples], dtype=np.int64)
