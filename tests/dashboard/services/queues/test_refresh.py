"""Queues: computed as a whole, kept, and made anew in a process of their own."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.curation import query_strategies
from core.errors import AppError
from core.models import feature_store
from core.settings import presets
from core.types import (
    ClassId,
    DecisionKind,
    Issue,
    IssueKind,
    Progress,
    Queue,
    RunStatus,
    SampleId,
    SampleQuery,
    Sort,
    Status,
)
from dashboard.services.browsing import browsing
from dashboard.services.curation import curation, curation_effect
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.queues import (
    embedding_map,
    embeddings,
    encoders,
    queue_state,
    refresh,
    worker,
)
from dashboard.services.queues.worker import QUIET_SECONDS, ProgressWriter, QueueWorker
from storage.queries import issues
from storage.queries.sample_view import SqliteView
from storage.runs import runs
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

RUN = factories.new_run(1).id
ROWS = [("ABC"[n % 3], f"p{n // 3}") for n in range(60)]


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    found = factories.fill(workspace, ROWS, pictures=True)
    encoders.of(workspace, job_examples.BACKBONE, "random")
    return found


def mislabel(workspace: Workspace, sample: SampleId) -> None:
    with workspace.read() as session:
        label = samples.get(session, sample).state.label
    other = next(number for number in (1, 2, 3) if number != label)
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=other)
    curation.decide(workspace, order, [Choice(sample=sample)])
    # As if it had come so: decided samples are not asked about again.
    with workspace.transaction() as session:
        state = samples.states(session, [sample])[sample]
        samples.write_states(
            session,
            {
                sample: type(state)(
                    label=state.label, status=Status.NEW, patient=state.patient, links=state.links
                )
            },
        )


def in_queue(workspace: Workspace, queue: Queue) -> list[SampleId]:
    return SqliteView(workspace).ids(SampleQuery(queues=(queue,), sort=Sort.SCORE))


def test_a_wrong_label_is_in_its_queue_and_asked_first_with_a_reason(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    mislabel(workspace, ids[7])
    refresh.refresh(workspace)
    assert in_queue(workspace, Queue.LABEL) == [ids[7]]
    assert ids[7] in in_queue(workspace, Queue.WORTH)[:3]
    page = browsing.page(
        workspace, SqliteView(workspace), SampleQuery(queues=(Queue.LABEL,)), 0, 48
    )
    assert page.why[ids[7]].reason.startswith("Pictures like it say")
    assert page.why[ids[7]].suggested is not None
    # Three photographs of one patient of three classes each: siblings that contradict each other.
    assert len(in_queue(workspace, Queue.SIBLINGS)) == 60


def test_siblings_are_asked_about_once(workspace: Workspace, ids: list[SampleId]) -> None:
    refresh.refresh(workspace)
    asked = in_queue(workspace, Queue.WORTH)
    with workspace.read() as session:
        groups = [samples.get(session, one).group for one in asked]
    assert len(groups) == len(set(groups)) == 20


def test_what_is_decided_leaves_the_queue_and_the_next_page_skips_nothing(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    refresh.refresh(workspace)
    asked = in_queue(workspace, Queue.WORTH)
    wanted = SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE)
    order = Order(kind=DecisionKind.KEEP, who="ann")
    curation.decide(workspace, order, [Choice(sample=one) for one in asked[:4]])
    # Five were shown, four of them decided: one still answers, so the next page begins at 1.
    offset = browsing.after(workspace, wanted, 0, asked[:5])
    assert offset == 1
    page = browsing.page(workspace, SqliteView(workspace), wanted, offset, 5)
    assert [one.id for one in page.samples] == asked[5:10]


def test_the_test_set_is_asked_about_apart(workspace: Workspace, ids: list[SampleId]) -> None:
    from core.types import Split

    mislabel(workspace, ids[7])
    with workspace.transaction() as session:
        numbers = {samples.get(session, one).number: Split.TEST for one in ids[6:9]}
        samples.set_splits(session, numbers)
    refresh.refresh(workspace)
    assert ids[7] not in in_queue(workspace, Queue.LABEL)
    assert ids[7] not in in_queue(workspace, Queue.WORTH)
    assert ids[7] in in_queue(workspace, Queue.TEST)


def test_only_samples_with_other_scores_are_stamped(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    assert refresh.refresh(workspace) == 60
    before = workspace.revision()
    assert refresh.refresh(workspace) == 0
    assert workspace.revision() == before
    assert queue_state.made(workspace).current
    order = Order(kind=DecisionKind.KEEP, who="ann")
    curation.decide(workspace, order, [Choice(sample=ids[0])])
    assert not queue_state.made(workspace).current


def test_the_arm_that_asked_is_remembered_and_compared(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    refresh.refresh(workspace)
    asked = in_queue(workspace, Queue.WORTH)
    shown = queue_state.suggestions(workspace, Queue.WORTH, asked)
    # One in ten is picked by chance: of twenty, at least one.
    assert {one.queue for one in shown.values()} == {"worth", "random"}
    for place, sample in enumerate(asked):
        kind = DecisionKind.EXCLUDE if place % 2 else DecisionKind.KEEP
        order = Order(kind=kind, who="ann")
        curation.decide(workspace, order, [Choice(sample=sample, suggested_by=shown[sample])])
    found = curation_effect.read(workspace)
    arms = {arm.queue: arm for arm in found.arms}
    assert set(arms) == {"worth", "random"}
    assert sum(arm.asked for arm in found.arms) == 20
    assert sum(arm.changed for arm in found.arms) == 10
    assert (found.decisions, found.changed, found.due, found.people) == (20, 10, False, 1)
    assert arms["worth"].share.low < arms["worth"].share.value < arms["worth"].share.high


def test_another_strategy_orders_the_same_samples_otherwise(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    refresh.refresh(workspace)
    first = in_queue(workspace, Queue.WORTH)
    queue_state.choose_strategy(workspace, "diversity")
    assert not queue_state.made(workspace).current
    refresh.refresh(workspace)
    assert in_queue(workspace, Queue.WORTH) != first
    assert queue_state.made(workspace).strategy == "diversity"
    with pytest.raises(AppError, match="no query strategy called 'luck'"):
        queue_state.choose_strategy(workspace, "luck")
    assert set(query_strategies.STRATEGIES) >= {"worth", "margin", "entropy", "diversity"}


def test_the_map_holds_every_sample_and_a_lasso_finds_what_is_inside(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    assert embedding_map.table(workspace).empty
    refresh.refresh(workspace)
    points = embedding_map.table(workspace)
    assert set(points["sample"]) == set(ids)
    everywhere = ((0, 0), (999, 0), (999, 999), (0, 999))
    assert set(embedding_map.inside(workspace, everywhere)) == set(ids)
    first = points.iloc[0]
    x, y = int(first["x"]), int(first["y"])
    around = ((x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1))
    assert first["sample"] in embedding_map.inside(workspace, around)
    found = browsing.page(workspace, SqliteView(workspace), SampleQuery(area=around), 0, 48)
    assert first["sample"] in [one.id for one in found.samples]
    assert embedding_map.inside(workspace, around[:2]) == ()


def wait(worker: QueueWorker, done: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, worker.state()
        worker.tick()
        time.sleep(0.1)


def test_a_change_is_followed_by_new_queues_from_a_process_of_its_own(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    worker = QueueWorker(workspace)
    worker.ask()
    wait(worker, lambda: queue_state.made(workspace).current and not worker.state().working)
    assert worker.state().problem == ""
    assert len(in_queue(workspace, Queue.WORTH)) == 20
    # Nothing has changed: nothing is started.
    worker.tick()
    assert not worker.state().working
    worker.close()


def test_a_training_goes_first_and_the_queues_are_made_after_it(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    now = 0.0
    worker = QueueWorker(workspace, clock=lambda: now)
    worker.tick()
    now = QUIET_SECONDS
    worker.tick()
    assert worker.busy
    with workspace.transaction() as session:
        runs.add(session, factories.new_run(1))
        runs.change(session, RUN, (RunStatus.QUEUED,), status=RunStatus.RUNNING)
    worker.tick()
    assert not worker.busy
    worker.tick()
    assert not worker.busy
    # What a person asks for is made beside a training.
    worker.ask()
    worker.tick()
    worker.tick()
    assert worker.state().working
    worker.close()
    with workspace.transaction() as session:
        runs.change(session, RUN, (RunStatus.RUNNING,), status=RunStatus.FINISHED)
    worker = QueueWorker(workspace, clock=lambda: now)
    worker.tick()
    now += QUIET_SECONDS
    worker.tick()
    assert worker.state().working
    worker.close()


def test_queues_that_cannot_be_made_say_why_and_are_not_tried_again_by_themselves(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    for picture in workspace.media.rglob("*.png"):
        picture.unlink()
    worker = QueueWorker(workspace)
    worker.ask()
    wait(worker, lambda: bool(worker.state().problem))
    assert "missing or broken" in worker.state().problem
    worker.tick()
    assert not worker.state().working
    assert in_queue(workspace, Queue.WORTH) == []
    worker.close()


def test_reasons_that_speak_for_several_classes_suggest_none(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    def suspected(sample: SampleId, kind: IssueKind, label: int) -> Issue:
        reason = f"{kind.value} says {label}."
        return Issue(sample=sample, kind=kind, score=0.9, reason=reason, suggested=ClassId(label))

    found = [
        suspected(ids[0], IssueKind.LABEL, 2),
        suspected(ids[0], IssueKind.SIBLINGS, 3),
        suspected(ids[1], IssueKind.LABEL, 2),
        suspected(ids[1], IssueKind.SIBLINGS, 2),
    ]
    with workspace.transaction() as session:
        issues.replace(session, found, [])
        told = issues.reasons(session, Queue.LABEL, ids[:2])
    assert told[ids[0]].suggested is None
    assert told[ids[0]].reason == "label says 2. Another reason speaks for another class."
    assert (told[ids[1]].suggested, told[ids[1]].reason) == (2, "label says 2.")


def test_issues_of_a_sample_come_worst_first(workspace: Workspace, ids: list[SampleId]) -> None:
    mislabel(workspace, ids[7])
    refresh.refresh(workspace)
    with workspace.read() as session:
        found = issues.of(session, ids[7])
    assert {one.kind for one in found} >= {IssueKind.LABEL, IssueKind.SIBLINGS}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_stage_says_how_long_it_still_takes_at_its_pace(workspace: Workspace) -> None:
    now = iter((0.0, 10.0, 40.0))
    told = ProgressWriter(workspace, clock=lambda: next(now))
    stage = Progress(stage="Looking", done=0, total=100)
    told(stage)
    read = worker.read_progress(workspace)
    assert read is not None and read.seconds_left is None
    told(replace(stage, done=25))
    read = worker.read_progress(workspace)
    # 25 of 100 in ten seconds: thirty more.
    assert read is not None and read.seconds_left == 30.0
    told(replace(stage, done=100))
    read = worker.read_progress(workspace)
    assert read is not None and read.seconds_left == 0.0


def test_a_quick_run_of_the_same_network_finds_everything_looked_at(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path
) -> None:
    weights = str(job_examples.weights_file(tmp_path / "weights.safetensors"))
    encoders.of(workspace, job_examples.BACKBONE, weights)
    refresh.refresh(workspace)
    config = presets.named("quick", backbone=job_examples.BACKBONE, init=weights)
    look = feature_store.of_run(config)
    assert feature_store.kept(workspace.cache, look, ids) == len(ids) * config.tta_views
    told: list[Progress] = []
    refresh.refresh(workspace, told.append)
    assert {one.stage for one in told if one.stage.startswith("Looking")} == {"Looking for defects"}


def test_of_a_large_set_nothing_is_looked_at_ahead(
    workspace: Workspace,
    ids: list[SampleId],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embeddings, "_MOST_AHEAD", len(ids) - 1)
    weights = str(job_examples.weights_file(tmp_path / "weights.safetensors"))
    encoders.of(workspace, job_examples.BACKBONE, weights)
    told: list[Progress] = []
    refresh.refresh(workspace, told.append)
    assert {one.stage for one in told if one.stage.startswith("Looking")} == {
        "Looking at photographs",
        "Looking for defects",
    }
