"""A search for settings as a person starts it: its trials, and the run that comes of them."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.errors import AppError
from core.jobs import job_spec, trials
from core.jobs.trials import Trial
from core.settings.config import TrainConfig
from core.types import Metric, RunId, RunStatus
from dashboard.cli import app
from dashboard.commands.searching import finish
from dashboard.services.runs import lifecycle, progress, run_details, searches
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

ROWS = [("AB"[n // 2 % 2], f"p{n // 2}") for n in range(40)]
Searched = tuple[Workspace, dict[str, Any]]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    folder = tmp_path_factory.mktemp("search") / "workspace"
    workspace = Workspace.open(folder)
    factories.fill(workspace, ROWS, pictures=True)
    words = (
        f"train --search 2 --folds 2 --backbone {job_examples.BACKBONE} --init random --epochs 1 "
        "--image-size 32 --json"
    )
    said = CliRunner().invoke(app, [*words.split(), "--workspace", str(folder)])
    assert said.exit_code == 0, said.stderr
    yield workspace, json.loads(said.stdout)
    workspace.close()


def test_the_best_trial_is_trained_and_the_search_is_no_model(searched: Searched) -> None:
    workspace, told = searched
    trainer = Trainer(workspace, serving=False)
    (run,) = searches.known(workspace)
    assert (run.status, dict(run.evaluations)) == (RunStatus.FINISHED, {})
    assert run.message.startswith("The best of 2 trials is number ")
    rows = told["search"]["trials"]
    scores = [row["balanced_accuracy"]["value"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    trained = trainer.get(told["run"])
    assert trained.status is RunStatus.FINISHED
    assert {name: trained.config[name] for name in trials.SEARCHED} == rows[0]["settings"]
    assert (trained.config["search"], trained.config["folds"]) == (0, 0)
    assert trained.active
    with pytest.raises(AppError, match="no checkpoint"):
        trainer.use(run)


def test_training_with_a_trial_that_is_not_there_is_refused(searched: Searched) -> None:
    workspace, _ = searched
    (run,) = searches.known(workspace)
    with pytest.raises(AppError, match="no finished trial 8"):
        searches.train(workspace, Trainer(workspace, serving=False), run, 7)


def test_what_a_search_cost_stands_in_its_details(searched: Searched) -> None:
    workspace, _ = searched
    (run,) = searches.known(workspace)
    cost = run_details.read(workspace, run).cost
    assert cost is not None
    assert cost.seconds > 0
    assert cost.starts == 1


def test_the_best_trial_of_a_search_on_old_labels_is_trained_on_them_too(
    searched: Searched,
) -> None:
    workspace, _ = searched
    (run,) = searches.known(workspace)
    moment = datetime.now(UTC)
    old = replace(run, as_of=moment)
    queued = searches.train(workspace, Idle(workspace, serving=False), old, 0)
    assert queued.as_of == moment
    lifecycle.stop(workspace, queued)


def test_the_search_under_way_comes_first_then_the_newest(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "workspace")
    with workspace.transaction() as session:
        for number, trials_asked in enumerate((8, 4, 0, 2), start=1):
            runs.add(session, factories.new_run(number, config={"search": trials_asked}))
        queued, running = (RunStatus.QUEUED,), RunStatus.RUNNING
        runs.change(session, RunId("run-1"), queued, status=running)
    assert [run.number for run in searches.known(workspace)] == [1, 4, 2]
    workspace.close()


class Idle(Trainer):
    """A trainer that queues and starts nothing, so that no process is needed."""

    def tick(self) -> None:
        """Leave the queue alone."""


def left(
    searched: Searched, tmp_path: Path, status: RunStatus, *, trials_kept: int = 2
) -> tuple[Workspace, RunId]:
    """Return a copy of the searched workspace whose search has not come to its end."""
    folder = tmp_path / "workspace"
    shutil.copytree(searched[0].folder, folder)
    workspace = Workspace.open(folder)
    (run,) = searches.known(workspace)
    job_folder = workspace.runs / run.id
    (job_folder / job_spec.RESULT).unlink()
    trials.write(job_folder, trials.read(job_folder)[:trials_kept])
    with workspace.transaction() as session:
        runs.change(session, run.id, tuple(RunStatus), status=status, finished=None, message="")
    return workspace, run.id


def test_a_paused_search_is_stopped_with_its_trials(searched: Searched, tmp_path: Path) -> None:
    workspace, run = left(searched, tmp_path, RunStatus.PAUSED, trials_kept=1)
    trainer = Idle(workspace, serving=False)
    assert trainer.stop(trainer.get(run)).status is RunStatus.QUEUED
    assert (workspace.runs / run / job_spec.STOP).exists()
    # Taken out of the queue it can go on another time.
    assert trainer.stop(trainer.get(run)).status is RunStatus.PAUSED
    assert trainer.resume(trainer.get(run)).status is RunStatus.QUEUED
    workspace.close()


def test_a_search_that_has_left_when_asked_to_pause_says_after_which_trial_it_goes_on(
    searched: Searched, tmp_path: Path
) -> None:
    workspace, run = left(searched, tmp_path, RunStatus.RUNNING, trials_kept=1)
    (workspace.runs / run / job_spec.PAUSE).touch()
    trainer = Trainer(workspace, serving=False)
    trainer.tick()
    found = trainer.get(run)
    assert found.status is RunStatus.PAUSED
    assert found.message == "Paused; resume continues after trial 1."
    workspace.close()


def test_what_a_search_goes_on_after_is_its_last_trial_or_fold(tmp_path: Path) -> None:
    assert progress.kept(tmp_path) == ""
    first = tmp_path / job_spec.LAST / "trial-0"
    first.mkdir(parents=True)
    (tmp_path / job_spec.LAST / "cost.json").write_text("{}")
    assert progress.kept(tmp_path) == ""
    (first / "fold-0.npz").touch()
    assert progress.kept(tmp_path) == "fold 1 of trial 1"
    nothing = Metric(value=0.0, low=0.0, high=0.0)
    one = Trial(
        number=0,
        settings={name: TrainConfig().model_dump(mode="json")[name] for name in trials.SEARCHED},
        images=0,
        patients=0,
        accuracy=nothing,
        balanced_accuracy=nothing,
        macro_f1=nothing,
        predicted=(),
        gain=None,
    )
    trials.write(tmp_path, [one, replace(one, number=1)])
    assert progress.kept(tmp_path) == "trial 2"


def test_a_resumed_search_trains_with_its_best_trial(searched: Searched, tmp_path: Path) -> None:
    workspace, run = left(searched, tmp_path, RunStatus.INTERRUPTED)
    workspace.close()
    words = ["resume", run, "--json", "--workspace", str(tmp_path / "workspace")]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["search"]["run"] == run
    assert told["run"] != run


@pytest.mark.parametrize("status", [RunStatus.PAUSED, RunStatus.FAILED, RunStatus.INTERRUPTED])
def test_a_search_that_has_not_ended_is_an_expected_failure(
    searched: Searched, status: RunStatus
) -> None:
    (run,) = searches.known(searched[0])
    with pytest.raises(AppError) as told:
        finish(
            Idle(searched[0], serving=False),
            replace(run, status=status),
            searches.of(searched[0], run),
            lambda number: pytest.fail("it trained"),
            as_json=False,
        )
    assert told.value.title == f"Search {status}"


def test_a_search_tells_its_trials_although_the_first_one_diverged(
    searched: Searched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, run = left(searched, tmp_path, RunStatus.STOPPED)
    folder = workspace.runs / run
    found = trials.read(folder)
    lost = replace(found[0], diverged=True, images=0, patients=0)
    trainer = Idle(workspace, serving=False)
    ended = trainer.get(run)
    told = [lost, replace(found[1], gain=None)]
    finish(trainer, ended, told, lambda number: ended, as_json=False)
    said = capsys.readouterr().out
    assert said.count("as given") == 1
    assert f"n = {found[1].images} images" in said
    workspace.close()


def test_a_fitted_head_alone_is_something_to_show_but_nothing_to_go_on_from(
    tmp_path: Path,
) -> None:
    assert not progress.begun(tmp_path)
    job_spec.EventLog(tmp_path)("epoch", epoch=0)
    assert progress.begun(tmp_path)
    assert progress.kept(tmp_path) == ""
    job_spec.EventLog(tmp_path)("epoch", epoch=1)
    assert progress.kept(tmp_path) == "epoch 1"


def test_what_a_killed_process_said_last_is_no_news_of_the_next_one(tmp_path: Path) -> None:
    say = job_spec.EventLog(tmp_path)
    say("epoch", epoch=1)
    say("batch", stage="Training", epoch=2, done=3, total=8, seconds_left=9.0)
    assert progress.read(tmp_path).step is not None
    say("resumed")
    assert progress.read(tmp_path).step is None
