"""A second `ai-mpox demo` goes on where the first one stood."""

from core.types import RunStatus
from dashboard.commands import serving
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.services.runs.test_trainer import ROWS, tiny


def test_a_first_training_that_was_broken_off_goes_on_and_no_second_one_begins(
    workspace: Workspace,
) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    begun = trainer.start(tiny(backbone=job_examples.BACKBONE))
    with workspace.transaction() as session:
        runs.change(session, begun.id, (RunStatus.QUEUED,), status=RunStatus.INTERRUPTED)
    ended = serving.first_run(trainer)
    assert (ended.id, ended.status) == (begun.id, RunStatus.FINISHED)
    # And the next time there is nothing left to train.
    assert serving.first_run(trainer).id == begun.id
    assert len(trainer.runs()) == 1
