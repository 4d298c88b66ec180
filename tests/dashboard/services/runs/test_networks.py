import time

import pytest

from core.errors import AppError
from core.types import RunStatus
from dashboard.services.runs.networks import Networks, usual_size
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.services.runs.small_runs import ROWS
from tests.dashboard.services.runs.test_lifecycle import queued


@pytest.mark.process
def test_a_network_is_measured_in_the_background_and_known_afterwards(
    workspace: Workspace,
) -> None:
    networks = Networks(workspace, threads=1)
    assert networks.choice(job_examples.BACKBONE, 32).train_rate is None
    networks.measure(job_examples.BACKBONE, 32)
    with pytest.raises(AppError, match="is being measured"):
        networks.measure(job_examples.BACKBONE, 32)
    deadline = time.monotonic() + 200
    while networks.measuring():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    found = networks.choice(job_examples.BACKBONE, 32)
    assert (found.train_rate or 0) > 0
    assert (found.forward_rate or 0) > 0


def test_nothing_is_measured_while_a_run_is_under_way(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    run = queued(workspace)
    with workspace.transaction() as session:
        runs.change(session, run.id, (RunStatus.QUEUED,), status=RunStatus.RUNNING)
    with pytest.raises(AppError, match="A run is under way"):
        Networks(workspace, threads=1).measure(job_examples.BACKBONE, 32)


def test_each_recommended_network_is_described(workspace: Workspace) -> None:
    names = [one.name for one in Networks(workspace, threads=1).recommended()]
    assert {"MobileNetV2", "EfficientNet-B0"} <= set(names)


def test_a_network_comes_with_the_size_of_pictures_that_it_was_made_for() -> None:
    assert usual_size("mobilenetv2_100") == 224
    assert usual_size(job_examples.BACKBONE) == 160
