"""Training again by itself: off by default, after enough changed samples, never twice for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from core.errors import AppError
from core.types import DecisionKind, RunId, RunStatus
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.runs import lifecycle, retraining
from dashboard.services.runs.enqueue import Wanted
from dashboard.services.runs.retraining import Retrainer
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.dashboard.services.runs.small_runs import ROWS, tiny
from tests.dashboard.services.runs.test_lifecycle import SMALL, everybody, queued, relabel
from tests.dashboard.ui.panels import evaluation

pytestmark = pytest.mark.process


@pytest.fixture
def trained(workspace: Workspace) -> Iterator[Workspace]:
    """Return a workspace with a run that has ended, whose numbers are made up."""
    factories.fill(workspace, ROWS, pictures=True)
    end(workspace, queued(workspace).id)
    yield workspace


def end(workspace: Workspace, run: RunId, **columns: object) -> None:
    with workspace.transaction() as session:
        runs.change(session, run, tuple(RunStatus), status=RunStatus.FINISHED, **columns)
        runs.add_evaluation(session, replace(evaluation(((8, 2), (1, 9))), run=run))


class Starting(Trainer):
    """A trainer that queues and starts nothing, so that no process is needed."""

    def tick(self) -> None:
        """Leave the queue alone."""


def retrainer(workspace: Workspace) -> Retrainer:
    return Retrainer(workspace, Starting(workspace, serving=False))


def numbers(workspace: Workspace) -> list[int]:
    with workspace.read() as session:
        return [run.number for run in runs.all_runs(session)]


def change(workspace: Workspace, first: int, many: int) -> None:
    """Take samples out: each of them would be learnt otherwise."""
    order = Order(kind=DecisionKind.EXCLUDE, who="ann")
    ids = everybody(workspace)[first : first + many]
    curation.decide(workspace, order, [Choice(sample=one) for one in ids])


def test_nothing_happens_until_somebody_turns_it_on(trained: Workspace) -> None:
    change(trained, 0, 10)
    retrainer(trained).tick()
    assert retraining.read(trained).after is None
    assert numbers(trained) == [1]


def test_enough_changed_samples_start_one_run_with_the_settings_of_the_newest(
    trained: Workspace,
) -> None:
    retraining.choose(trained, 5)
    watching = retrainer(trained)
    change(trained, 0, 4)
    watching.tick()
    assert (numbers(trained), retraining.read(trained).changed) == ([1], 4)
    change(trained, 4, 1)
    watching.tick()
    assert numbers(trained) == [1, 2]
    with trained.read() as session:
        new, old = runs.find(session, "2"), runs.find(session, "1")
    assert (new.automatic, new.repeats, new.active) == (True, 1, False)
    assert dict(new.config) == dict(old.config)
    watching.tick()
    retrainer(trained).tick()
    assert numbers(trained) == [1, 2]


def test_what_is_put_back_after_a_run_has_learnt_it_counts(trained: Workspace) -> None:
    change(trained, 0, 6)
    assert retraining.read(trained).changed == 6
    end(trained, queued(trained).id)
    assert retraining.read(trained).changed == 0
    undoing.undo(trained, "ann")
    assert retraining.read(trained).changed == 6
    # There and back again since the run: it would be learnt as it was.
    undoing.redo(trained, "ann")
    assert retraining.read(trained).changed == 0
    order = Order(kind=DecisionKind.RESTORE, who="bob")
    curation.decide(trained, order, [Choice(sample=one) for one in everybody(trained)[:5]])
    assert retraining.read(trained).changed == 5


def test_while_a_run_waits_or_trains_none_is_started_and_afterwards_it_is(
    trained: Workspace,
) -> None:
    retraining.choose(trained, 5)
    watching = retrainer(trained)
    busy = queued(trained)
    change(trained, 0, 6)
    watching.tick()
    assert numbers(trained) == [1, 2]
    end(trained, busy.id)
    watching.tick()
    assert numbers(trained) == [1, 2, 3]


def test_a_run_that_failed_is_not_tried_again_for_the_same_decisions(trained: Workspace) -> None:
    retraining.choose(trained, 5)
    watching = retrainer(trained)
    change(trained, 0, 5)
    watching.tick()
    with trained.transaction() as session:
        failed = runs.find(session, "2").id
        runs.change(session, failed, (RunStatus.QUEUED,), status=RunStatus.FAILED)
    retrainer(trained).tick()
    assert numbers(trained) == [1, 2]


def test_leaky_runs_and_runs_on_old_labels_are_no_example_to_follow(trained: Workspace) -> None:
    end(trained, queued(trained).id, leaky=True)
    end(trained, queued(trained).id, as_of=runs_created(trained))
    like = retraining.read(trained).like
    assert like is not None
    assert like.number == 1


def runs_created(workspace: Workspace) -> datetime:
    with workspace.read() as session:
        return runs.find(session, "1").created


def test_what_was_undone_or_only_confirmed_does_not_count(trained: Workspace) -> None:
    change(trained, 0, 5)
    undoing.undo(trained, "ann")
    relabelled = everybody(trained)[6:9]  # of classes A, B, C
    relabel(trained, relabelled, "A")
    assert retraining.read(trained).changed == 2


def test_an_automatic_run_never_becomes_active_by_itself(trained: Workspace) -> None:
    trainer = Trainer(trained, serving=False)
    run = trainer.queue(Wanted(config=tiny(**SMALL), automatic=True))
    ended = trainer.wait(run, lambda event: None)
    assert ended.status is RunStatus.FINISHED, ended.message
    assert not ended.active


@pytest.mark.parametrize("after", [0, 4, 10_001])
def test_a_number_that_makes_no_sense_is_refused(trained: Workspace, after: int) -> None:
    with pytest.raises(AppError, match="is not possible"):
        retraining.choose(trained, after)


def test_a_run_that_may_not_start_says_why_and_is_not_tried_again_at_once(
    trained: Workspace,
) -> None:
    with trained.transaction() as session:
        runs.change(session, runs.find(session, "1").id, tuple(RunStatus), split_kind="author:9")
    retraining.choose(trained, 5)
    watching = retrainer(trained)
    change(trained, 0, 5)
    watching.tick()
    assert "authors' fold 9" in watching.problem
    watching.tick()
    assert numbers(trained) == [1]


def test_decisions_count_on_past_runs_that_did_not_learn_the_labels_of_now(
    trained: Workspace,
) -> None:
    change(trained, 0, 3)
    queued(trained, as_of=runs_created(trained))
    for config in ({"search": 4}, {"recipe": "paper"}):
        run = queued(trained).id
        with trained.transaction() as session:
            runs.change(session, run, tuple(RunStatus), config=config)
    assert retraining.read(trained).changed == 3
    queued(trained)
    assert retraining.read(trained).changed == 0


def test_a_hidden_run_is_no_example_to_follow(trained: Workspace) -> None:
    newer = queued(trained)
    end(trained, newer.id)
    with trained.read() as session:
        lifecycle.hide(trained, runs.find(session, newer.id))
    like = retraining.read(trained).like
    assert like is not None
    assert like.number == 1
