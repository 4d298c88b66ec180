"""Compute all queues, what finders suspect and what a strategy asks next, and keep them.

Nothing here blocks a screen: the dashboard runs `refresh` in a process of its own
(`dashboard.services.queues.worker`), a person may run it as a command.
"""

from collections.abc import Sequence

import numpy as np

from core.curation import query_strategies
from core.curation.query_strategies import QueryState
from core.types import (
    IntArray,
    Issue,
    IssueKind,
    Progress,
    ProgressCallback,
    Split,
    Status,
)
from dashboard.services.queues import (
    embedding_map,
    embeddings,
    encoders,
    evidence,
    issues,
    queue_state,
    stages,
)
from dashboard.services.queues.evidence import Gathered
from storage.queries import issues as stored
from storage.queries import similarity
from storage.queries.issues import Asked
from storage.samples import samples
from storage.workspace.folder import Workspace

MOST_ASKED = 2_000
"""Length of the queue of what to ask next; it is computed again long before it is used up."""
_BUNDLED = (IssueKind.NEAR_DUPLICATE, IssueKind.CROSS_PATIENT)


def refresh(workspace: Workspace, progress: ProgressCallback = lambda progress: None) -> int:
    """Compute all queues and store them; return how many samples have other scores now.

    Raises WeightsUnavailable, or AppError naming images that cannot be read. What was kept
    before stays then.
    """
    made_of, chosen = queue_state.inputs(workspace), queue_state.strategy(workspace)
    encoder = encoders.at_hand(workspace)
    timeline = stages.Timeline(workspace.cache, _images(workspace), progress)
    gathered = evidence.gather(workspace, encoder, timeline)
    issues_of: dict[IssueKind, list[Issue]] = {}
    for done, kind in enumerate(IssueKind):
        stage = stages.DEFECTS.name
        timeline(Progress(stage=stage, done=done, total=len(IssueKind)))
        issues_of[kind] = issues.of_kind(gathered, kind)
    queue = _asked(gathered, issues_of, chosen)
    kept = [issue for rows in issues_of.values() for issue in rows if issue.certain]
    ids = [sample.id for sample in gathered.samples]
    timeline(Progress(stage=stages.MAP.name, done=0, total=1))
    vectors = gathered.evidence.embeddings[-1]
    embedding_map.compute(workspace, ids, vectors, f"{encoder.backbone} {encoder.init}")
    similarity.write(workspace.cache / "embeddings" / similarity.LOOKED_AT, ids, vectors)
    with workspace.transaction() as session:
        changed = stored.replace(session, kept, queue)
        queue_state.keep_made(session, made_of, encoder)
    timeline.end()
    embeddings.look_ahead(workspace, gathered.samples, encoder, progress)
    return changed


def _images(workspace: Workspace) -> int:
    with workspace.read() as session:
        return samples.totals(session).samples


def _asked(gathered: Gathered, issues_of: dict[IssueKind, list[Issue]], chosen: str) -> list[Asked]:
    knowledge = _known(gathered, issues_of)
    # As many random picks as there have been decisions ago: the same state, the same queue.
    rng = np.random.default_rng([0, int(knowledge.decided.sum())])
    picks = query_strategies.queue(knowledge, rng, chosen)[:MOST_ASKED]
    names = list(gathered.evidence.class_names)
    doubted = {
        issue.sample: issue.suggested for issue in issues_of[IssueKind.LABEL] if issue.certain
    }
    return [
        Asked(
            sample=gathered.samples[pick.row].id,
            score=1 - place / MOST_ASKED,
            reason=query_strategies.reason(knowledge, pick, names),
            arm="random" if pick.random else chosen,
            suggested=doubted.get(gathered.samples[pick.row].id),
        )
        for place, pick in enumerate(picks)
    ]


def _known(gathered: Gathered, issues_of: dict[IssueKind, list[Issue]]) -> QueryState:
    settled = [
        sample.state.status is not Status.NEW or sample.split is Split.TEST
        for sample in gathered.samples
    ]
    noise = {issue.sample: issue.score for issue in issues_of[IssueKind.LABEL]}
    return QueryState(
        embeddings=gathered.evidence.embeddings[-1],
        labels=gathered.evidence.labels,
        decided=np.array(settled, dtype=np.bool_),
        bundles=_bundles(gathered, [issue for kind in _BUNDLED for issue in issues_of[kind]]),
        probabilities=gathered.evidence.opinion,
        second=gathered.evidence.second,
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

    for issue in twins:
        for other in issue.related:
            parent[root(group_of[issue.sample])] = root(group_of[other])
    return np.array([root(sample.group) for sample in gathered.samples], dtype=np.int64)
