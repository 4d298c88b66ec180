"""A search for settings as a person starts it: its trials, and the run that comes of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from core import trials
from core.errors import AppError
from core.types import RunStatus
from dashboard.cli import app
from dashboard.services import searching
from dashboard.services.training import Trainer
from storage.workspace import Workspace
from tests import factories
from tests.core import jobs

ROWS = [("AB"[n // 2 % 2], f"p{n // 2}") for n in range(40)]
Searched = tuple[Workspace, dict[str, Any]]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    folder = tmp_path_factory.mktemp("search") / "workspace"
    workspace = Workspace.open(folder)
    factories.fill(workspace, ROWS, pictures=True)
    words = (
        f"train --search 2 --folds 2 --backbone {jobs.BACKBONE} --init random --epochs 1 "
        "--image-size 32 --json"
    )
    said = CliRunner().invoke(app, [*words.split(), "--workspace", str(folder)])
    assert said.exit_code == 0, said.stderr
    yield workspace, json.loads(said.stdout)
    workspace.close()


def test_the_best_trial_is_trained_and_the_search_is_no_model(searched: Searched) -> None:
    workspace, told = searched
    trainer = Trainer(workspace, serving=False)
    run = searching.newest(workspace)
    assert run is not None
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
    run = searching.newest(workspace)
    assert run is not None
    with pytest.raises(AppError, match="no finished trial 8"):
        searching.train(workspace, Trainer(workspace, serving=False), run, 7)
