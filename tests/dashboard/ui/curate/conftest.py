"""What the parts of the Curate tab work with: a workspace on SQLite alone, without a server."""

from collections.abc import Iterator

import gradio as gr
import pytest

from dashboard.runtime.assets import Assets
from dashboard.runtime.context import AppContext, Settings
from dashboard.services.browsing.overview import OverviewReader
from dashboard.services.browsing.stamps import Stamps
from dashboard.services.importing.background import ImportDesk
from dashboard.services.prediction.predictor import Predictor
from dashboard.services.queues.worker import QueueWorker
from dashboard.services.runs.estimates import Estimates
from dashboard.services.runs.networks import Networks
from dashboard.services.runs.retraining import Retrainer
from dashboard.services.runs.trainer import Trainer
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace


@pytest.fixture
def ctx(workspace: Workspace) -> Iterator[AppContext]:
    """The composition root of `workspace`; nothing ticks, no FiftyOne."""
    trainer, view = Trainer(workspace, serving=True), SqliteView(workspace)
    desk, queues = ImportDesk(workspace), QueueWorker(workspace)
    networks, estimates = (
        Networks(workspace, trainer.threads),
        Estimates(workspace, trainer.threads),
    )
    yield AppContext(
        settings=Settings(workspace=workspace.folder),
        workspace=workspace,
        view=view,
        view_problem=None,
        trainer=trainer,
        retrainer=Retrainer(workspace, trainer),
        networks=networks,
        estimates=estimates,
        queues=queues,
        predictor=Predictor(workspace),
        desk=desk,
        overview=OverviewReader(workspace, trainer),
        stamps=Stamps(workspace, desk, queues, view, estimates.state),
        fiftyone_app=None,
        assets=Assets(),
    )
    for part in (desk, queues, networks, estimates):
        part.close()


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    """The page that components are made in."""
    with gr.Blocks() as page:
        yield page
