"""What people do to runs: pause, resume, reorder, hide, do again, train on another day's labels.

Only the first two tests start processes; the others look at what is queued.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import AppError
from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.types import DecisionKind, Run, RunStatus, SampleId, Split
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.runs import enqueue, lifecycle
from dashboard.services.runs.enqueue import Wanted
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.samples import classes, samples, splits
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.services.runs.small_runs import ended, tiny

pytestmark = pytest.mark.process

SMALL = {"backbone": job_examples.BACKBONE}
LONG = {**SMALL, "epochs": 900, "patience": 900}


def queued(workspace: Workspace, **wanted: object) -> Run:
    """Queue a run that nobody starts."""
    made = Wanted(config=tiny(**SMALL), **wanted)  # type: ignore[arg-type]
    return now(workspace, enqueue.queue(workspace, made, threads=1))


def now(workspace: Workspace, run: str) -> Run:
    with workspace.read() as session:
        return runs.find(session, run)


def spec(workspace: Workspace, run: Run) -> JobSpec:
    return JobSpec.read(workspace.runs / run.id)


def relabel(workspace: Workspace, ids: list[SampleId], name: str) -> None:
    with workspace.read() as session:
        label = classes.by_name(session, name).id
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=label)
    result = curation.decide(workspace, order, [Choice(sample=one) for one in ids])
    assert result.applied == len(ids)


def everybody(workspace: Workspace) -> list[SampleId]:
    with workspace.read() as session:
        return [sample.id for sample in samples.everything(session)]


def test_a_run_is_paused_lets_the_next_one_go_and_is_resumed_and_kept(filled: Workspace) -> None:
    trainer = Trainer(filled, serving=False)
    first = trainer.start(tiny(**LONG))
    second = trainer.start(tiny(**LONG))
    deadline = time.monotonic() + 200
    while not trainer.live(first).epochs:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    trainer.pause(first)
    paused = ended(trainer, first)
    assert (paused.status, paused.finished) == (RunStatus.PAUSED, None)
    assert paused.message == f"Paused; resume continues after epoch {paused.epochs_done}."
    restarted = Trainer(filled, serving=True)
    restarted.tick()
    assert restarted.get(first.id).status is RunStatus.PAUSED
    assert restarted.get(second.id).status is RunStatus.RUNNING
    # Taken out of the queue again, it loses none of its epochs.
    assert restarted.resume(paused).status is RunStatus.QUEUED
    assert restarted.stop(paused).status is RunStatus.PAUSED
    restarted.stop(paused)
    restarted.stop(second)
    kept = ended(restarted, paused)
    assert (kept.status, kept.epochs_done) == (RunStatus.STOPPED, paused.epochs_done)
    assert set(kept.evaluations) == {"validation", "test"}
    with pytest.raises(AppError, match="Run 1 is stopped: there is nothing to pause"):
        restarted.pause(kept)


def test_a_run_is_repeated_to_the_byte_whatever_was_decided_since_and_hidden(
    filled: Workspace,
) -> None:
    trainer = Trainer(filled, serving=False)
    first = ended(trainer, trainer.start(tiny(**SMALL)))
    relabel(filled, everybody(filled)[:12], "A")
    again = ended(trainer, trainer.repeat(first))
    assert again.status is RunStatus.FINISHED, again.message
    assert (again.fingerprint, again.test_version) == (first.fingerprint, first.test_version)
    assert (again.repeats, again.active) == (1, False)
    one, other = (filled.runs / run.id / "checkpoint/weights.safetensors" for run in (first, again))
    assert one.read_bytes() == other.read_bytes()
    assert again.evaluations["test"].confusion == first.evaluations["test"].confusion
    with pytest.raises(AppError, match="Run 1 is the active one and cannot be hidden"):
        trainer.hide(first)
    assert trainer.hide(again).hidden
    assert [run.number for run in trainer.runs()] == [1]
    assert [run.number for run in trainer.runs(hidden=True) if run.hidden] == [2]
    assert (filled.runs / again.id / job_spec.RESULT).exists()
    assert not trainer.unhide(again).hidden
    trainer.hide(again)
    assert trainer.use(again).active
    assert {run.number for run in trainer.runs()} == {1, 2}


def waiting(workspace: Workspace) -> list[int]:
    """Return the numbers of the waiting runs in the order in which they will start."""
    with workspace.read() as session:
        order = runs.with_status(session, RunStatus.QUEUED)
        return [runs.find(session, run).number for run, _ in order]


def test_waiting_runs_change_places_and_can_be_held_back(filled: Workspace) -> None:
    _, second, third = (queued(filled) for _ in range(3))
    assert waiting(filled) == [1, 2, 3]
    lifecycle.sooner(filled, third)
    assert waiting(filled) == [1, 3, 2]
    lifecycle.sooner(filled, third)
    lifecycle.sooner(filled, third)
    assert waiting(filled) == [3, 1, 2]
    lifecycle.pause(filled, second)
    held = now(filled, second.id)
    assert (held.status, held.message) == (RunStatus.PAUSED, lifecycle.HELD_BACK)
    assert waiting(filled) == [3, 1]
    lifecycle.resume(filled, held)
    assert waiting(filled) == [3, 1, 2]
    lifecycle.stop(filled, third)
    taken = now(filled, third.id)
    assert (taken.status, taken.message) == (RunStatus.STOPPED, "It was stopped before it began.")
    with pytest.raises(AppError, match="Run 1 is queued and cannot be hidden"):
        lifecycle.hide(filled, now(filled, "1"))


def test_the_labels_of_a_day_are_those_before_what_was_decided_since(filled: Workspace) -> None:
    before = queued(filled)
    moment = datetime.now(UTC)
    relabel(filled, everybody(filled)[:6], "C")
    today, then = queued(filled), queued(filled, as_of=moment)
    assert (today.as_of, then.as_of) == (None, moment)
    assert then.fingerprint == before.fingerprint != today.fingerprint
    assert then.test_version == before.test_version
    with filled.read() as session:
        assert splits.test_version(session) == today.test_version


def test_samples_that_came_later_are_left_out_and_the_split_is_that_of_now(
    filled: Workspace,
) -> None:
    queued(filled)
    moment = datetime.now(UTC)
    factories.fill(filled, [("A", "p0"), ("B", "new")], pictures=True)
    sides: list[dict[str, Split | None]] = [
        {one.id: one.split for one in spec(filled, run).samples}
        for run in (queued(filled), queued(filled, as_of=moment))
    ]
    assert [len(one) for one in sides] == [62, 60]
    assert sides[1] == {sample: side for sample, side in sides[0].items() if sample in sides[1]}


def test_before_the_first_import_there_is_too_little_to_train_on(filled: Workspace) -> None:
    with pytest.raises(AppError, match="training photographs of 0 classes"):
        queued(filled, as_of=datetime.now(UTC) - timedelta(days=9))


def test_a_class_that_was_removed_since_is_a_column_of_a_run_on_the_labels_of_then(
    filled: Workspace,
) -> None:
    moment = datetime.now(UTC)
    with filled.read() as session:
        gone = classes.by_name(session, "C").id
        everything = samples.everything(session)
    relabel(filled, [one.id for one in everything if one.state.label == gone], "A")
    with filled.transaction() as session:
        classes.remove(session, gone)
    run = queued(filled, as_of=moment)
    assert [name for _, name in spec(filled, run).classes] == ["A", "B", "C"]


@pytest.mark.parametrize("text", ["²", "٣", "99999999999999999999", ""])
def test_what_is_no_number_of_a_run_names_no_run(workspace: Workspace, text: str) -> None:
    with pytest.raises(AppError, match="There is no run"):
        now(workspace, text)
