"""What curation bought: what was asked and changed, how long it took, what it did to the model."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.evaluation import intervals
from core.types import (
    CurationDecision,
    DecisionKind,
    Metric,
    SampleId,
    SampleState,
    Split,
    Status,
)
from dashboard.services.curation import paired_runs
from dashboard.services.curation.paired_runs import ComparedRuns
from storage.ledger import decisions, undo_state
from storage.runs import runs, sample_predictions
from storage.samples import samples, splits
from storage.workspace.folder import Workspace

ENOUGH_FOR_A_RUN = 20
"""So many changes of labels since the last run make another one worth while."""
LONGEST_PAUSE = timedelta(minutes=2)
"""A longer pause between two decisions of one person is not counted as work."""
BY_HAND = "by hand"
"""The arm of what no queue had shown."""
_SETTLING = (DecisionKind.RELABEL, DecisionKind.KEEP, DecisionKind.EXCLUDE, DecisionKind.UNSURE)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A queue, and what its suggestions came to."""

    queue: str
    asked: int
    changed: int
    """Decisions that gave another label or took the sample out."""
    share: Metric
    """changed / asked, Wilson interval"""


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What has been done since the newest run began, and what earlier work did."""

    since_run: int | None
    """Number of the newest run; None: there is none yet."""
    decisions: int
    """Applied since then, undone ones left out."""
    changed: int
    """Samples that a model would learn otherwise now."""
    due: bool
    """Another run is worth while."""
    people: int
    seconds: float
    """Time spent since then, longer pauses left out."""
    arms: tuple[Arm, ...]
    """Of all time, most often asked first."""
    compared: ComparedRuns | None
    """The newest run and one before it on other data; None before there are two on one split."""


def read(workspace: Workspace, *, on: Split = Split.VALIDATION) -> Gains:
    """Return what curation has bought so far; the runs are compared on one side of the split.

    Comparing on test counts as opening it, for both runs.
    """
    with workspace.read() as session:
        rows = decisions.all_rows(session)
        gone = undo_state.cancelled(session, [row.number for row in rows])
        measured = [run for run in runs.all_runs(session) if run.evaluations]
        everything = samples.everything(session)
        pair = paired_runs.newest_pair(measured)
        scored = [sample_predictions.read(session, run.id) for run in pair] if pair else []
        test_version = splits.test_version(session)
    if pair and on is Split.TEST:
        with workspace.transaction() as session:
            for run in pair:
                runs.count_test_opening(session, run.id)
    standing = [row for row in rows if row.applied and row.number not in gone]
    settling = [row for row in standing if row.kind in _SETTLING]
    since = measured[-1].created if measured else None
    recent = [row for row in settling if since is None or row.when > since]
    altered = changed(rows, since)
    return Gains(
        since_run=measured[-1].number if measured else None,
        decisions=len({row.sample for row in recent}),
        changed=len(altered),
        due=len(altered) >= ENOUGH_FOR_A_RUN,
        people=len({row.who for row in recent}),
        seconds=time_spent(recent),
        arms=tuple(_arms(settling)),
        compared=paired_runs.compare(pair, scored, everything, on, test_version) if pair else None,
    )


def changed(rows: Sequence[CurationDecision], since: datetime | None) -> set[SampleId]:
    """Return samples that a model would learn otherwise than at a moment (None: as imported).

    `rows` is the ledger, oldest first. What was undone counts, too: a model made in between has
    learnt it.
    """
    first: dict[SampleId, SampleState] = {}
    last: dict[SampleId, SampleState] = {}
    for row in rows:
        if row.applied and (since is None or row.when > since):
            first.setdefault(row.sample, row.before)
            last[row.sample] = row.after
    return {sample for sample, before in first.items() if _differ(before, last[sample])}


def time_spent(rows: Sequence[CurationDecision]) -> float:
    """Return the seconds between each person's decisions, pauses over two minutes left out."""
    moments: dict[str, set[datetime]] = defaultdict(set)
    for row in rows:
        moments[row.who].add(row.when)
    total = timedelta()
    for times in moments.values():
        ordered = sorted(times)
        gaps = (later - earlier for earlier, later in itertools.pairwise(ordered))
        total += sum((gap for gap in gaps if gap <= LONGEST_PAUSE), timedelta())
    return total.total_seconds()


def _differ(before: SampleState, after: SampleState) -> bool:
    taken_out = (before.status is Status.EXCLUDED) != (after.status is Status.EXCLUDED)
    return before.label != after.label or taken_out


def _arms(rows: Sequence[CurationDecision]) -> list[Arm]:
    first: dict[SampleId, CurationDecision] = {}
    for row in rows:
        # The first decision on a sample names the queue that it was shown in.
        first.setdefault(row.sample, row)
    shown: dict[str, list[bool]] = defaultdict(list)
    for row in first.values():
        queue = BY_HAND if row.suggested_by is None else row.suggested_by.queue
        shown[queue].append(_differ(row.before, row.after))
    arms = [_arm(queue, answers) for queue, answers in shown.items()]
    return sorted(arms, key=lambda arm: -arm.asked)


def _arm(queue: str, answers: Sequence[bool]) -> Arm:
    share = sum(answers) / len(answers)
    low, high = intervals.wilson(share, len(answers))
    return Arm(
        queue=queue,
        asked=len(answers),
        changed=sum(answers),
        share=Metric(value=share, low=low, high=high),
    )
