"""Workspaces with small runs: trained once for all tests of a process, and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.types import RunStatus
from dashboard.services.runs.trainer import Trainer
from storage.workspace.folder import Workspace
from tests.dashboard.services.runs import small_runs
from tests.dashboard.services.runs.small_runs import ended, tiny


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Sixty pictures in three hues, of thirty patients."""
    small_runs.fill(workspace)
    return workspace


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two ended runs, of which the first is active. Not to be opened in place."""
    folder = tmp_path_factory.mktemp("trained") / "workspace"
    workspace = Workspace.open(folder)
    small_runs.fill(workspace)
    trainer = Trainer(workspace, serving=False)
    for seed in (0, 1):
        run = ended(trainer, trainer.start(tiny(seed=seed)))
        assert run.status is RunStatus.FINISHED, run.message
    workspace.close()
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it that a test may change."""
    shutil.copytree(trained_once, tmp_path / "workspace", dirs_exist_ok=True)
    workspace = Workspace.open(tmp_path / "workspace")
    yield workspace
    workspace.close()
