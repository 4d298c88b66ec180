"""A second `ai-mpox demo` goes on where the first one stood."""

import pytest

from core.types import RunStatus
from dashboard.services.importing.background import ImportDesk, Phase
from dashboard.services.runs import demonstration
from dashboard.services.runs.demonstration import Demonstration
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.services.runs.small_runs import ROWS, tiny

pytestmark = pytest.mark.process


def test_a_first_training_that_was_broken_off_goes_on_and_no_second_one_begins(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    begun = trainer.start(tiny(backbone=job_examples.BACKBONE))
    with workspace.transaction() as session:
        runs.change(session, begun.id, (RunStatus.QUEUED,), status=RunStatus.INTERRUPTED)
    ended = trainer.wait(demonstration.first_run(trainer), lambda event: None)
    assert (ended.id, ended.status) == (begun.id, RunStatus.FINISHED)
    # And the next time there is nothing left to train.
    assert demonstration.first_run(trainer).id == begun.id
    assert len(trainer.runs()) == 1


def test_a_workspace_of_ones_own_needs_no_demonstration_data(workspace: Workspace) -> None:
    assert demonstration.needs_data(workspace)
    factories.fill(workspace, ROWS)
    assert not demonstration.needs_data(workspace)


def test_an_import_that_was_cut_off_goes_on_and_one_that_arrived_is_not_repeated(
    workspace: Workspace,
) -> None:
    demonstration.begin_import(workspace)
    factories.fill(workspace, ROWS)
    assert demonstration.needs_data(workspace)
    demonstration.end_import(workspace)
    assert not demonstration.needs_data(workspace)


def test_what_a_person_cancels_stays_cancelled_until_the_next_call(workspace: Workspace) -> None:
    desk, trainer = ImportDesk(workspace), Trainer(workspace, serving=False)
    shown = Demonstration(workspace, desk, trainer)
    shown.tick()
    assert desk.state().phase is Phase.IMPORTING
    desk.cancel()
    desk.close()
    for _ in range(3):
        shown.tick()
    assert trainer.runs() == []
    assert demonstration.needs_data(workspace)
