"""The composition root: everything that lives as long as the dashboard, opened once."""

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import AppError
from core.types import ClassInfo
from dashboard.runtime.assets import Assets
from dashboard.runtime.ticker import Duty, Pace, Ticker
from dashboard.services.browsing.overview import OverviewReader
from dashboard.services.browsing.stamps import Stamps
from dashboard.services.importing.background import ImportDesk
from dashboard.services.prediction.predictor import Predictor
from dashboard.services.queues.worker import QueueWorker
from dashboard.services.runs.demonstration import Demonstration
from dashboard.services.runs.estimates import Estimates
from dashboard.services.runs.networks import Networks
from dashboard.services.runs.retraining import Retrainer
from dashboard.services.runs.trainer import Trainer
from dashboard.services.view import fiftyone_app, sync
from dashboard.services.view.fiftyone_app import FiftyOneApp
from storage.fiftyone_view import connect
from storage.queries.sample_view import SampleView, SqliteView
from storage.samples import classes
from storage.workspace.folder import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a person asked for the dashboard to be served."""

    workspace: Path
    host: str = "127.0.0.1"
    port: int = 7860
    open_browser: bool = False
    fiftyone_app: int | None = None
    """Port of the FiftyOne App; None: it stays closed."""
    demo: bool = False
    """Make demonstration data and a first model, as far as they are not there."""


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """What tabs and routes work with; passed by hand, never global."""

    settings: Settings
    workspace: Workspace
    view: SampleView
    view_problem: AppError | None
    """Why FiftyOne is not the view, where it is not."""
    trainer: Trainer
    retrainer: Retrainer
    networks: Networks
    estimates: Estimates
    queues: QueueWorker
    predictor: Predictor
    desk: ImportDesk
    overview: OverviewReader
    stamps: Stamps
    fiftyone_app: FiftyOneApp | None
    """Open only where a person asked for it."""
    assets: Assets
    """Style sheets and browser modules beside the components."""

    def classes(self) -> list[ClassInfo]:
        """Return the classes in their order."""
        with self.workspace.read() as session:
            return classes.all(session)

    def answered_by(self) -> str:
        """Return the name of what answers questions now: a view in trouble lets SQLite do it."""
        return self.view.name if self.view.problem is None else SqliteView.name


@contextlib.contextmanager
def open_context(settings: Settings) -> Iterator[AppContext]:
    """Open the workspace for serving; main thread only, because mongod dies with its starter.

    Raises WorkspaceInUse when another process serves it, and AppError for a FiftyOne App that must
    not or cannot be opened. Otherwise a FiftyOne that cannot start is no failure: the same queries
    run on SQLite, and the header says why.
    """
    if settings.fiftyone_app is not None:
        fiftyone_app.check(settings.host)
    workspace = Workspace.open(settings.workspace)
    with contextlib.ExitStack() as stack:
        stack.callback(workspace.close)
        stack.enter_context(workspace.serving())
        view, problem = _open_view(workspace, stack)
        app = _open_app(settings, workspace, view, stack)
        ctx = stack.enter_context(composed(settings, workspace, view, problem, app))
        stack.enter_context(contextlib.closing(_ticker(ctx)))
        yield ctx


@contextlib.contextmanager
def composed(
    settings: Settings,
    workspace: Workspace,
    view: SampleView,
    problem: AppError | None = None,
    app: FiftyOneApp | None = None,
) -> Iterator[AppContext]:
    """Put everything together over an open workspace and view; nothing advances by itself."""
    with contextlib.ExitStack() as stack:
        trainer = stack.enter_context(contextlib.closing(Trainer(workspace, serving=True)))
        queues = stack.enter_context(contextlib.closing(QueueWorker(workspace)))
        networks = stack.enter_context(contextlib.closing(Networks(workspace, trainer.threads)))
        estimates = stack.enter_context(contextlib.closing(Estimates(workspace, trainer.threads)))
        desk = stack.enter_context(contextlib.closing(ImportDesk(workspace)))
        yield AppContext(
            settings=settings,
            workspace=workspace,
            view=view,
            view_problem=problem,
            trainer=trainer,
            retrainer=Retrainer(workspace, trainer),
            networks=networks,
            estimates=estimates,
            queues=queues,
            predictor=Predictor(workspace),
            desk=desk,
            overview=OverviewReader(workspace, trainer),
            stamps=Stamps(
                workspace, desk, queues, view, lambda: (networks.measuring(), estimates.state())
            ),
            fiftyone_app=app,
            assets=Assets(),
        )


def _open_view(
    workspace: Workspace, stack: contextlib.ExitStack
) -> tuple[SampleView, AppError | None]:
    try:
        view = connect.open_view(workspace)
    except AppError as error:
        log.warning("FiftyOne is not available: %s", error)
        return SqliteView(workspace), error
    stack.callback(view.close)
    return view, None


def _open_app(
    settings: Settings, workspace: Workspace, view: SampleView, stack: contextlib.ExitStack
) -> FiftyOneApp | None:
    if settings.fiftyone_app is None:
        return None
    app = FiftyOneApp(workspace, view, settings.fiftyone_app)
    stack.callback(app.close)
    log.info("The FiftyOne App is at %s", app.address)
    return app


def _ticker(ctx: AppContext) -> Ticker:
    """Let jobs and the view advance by themselves."""
    # Each by itself: runs are taken in although FiftyOne does not answer, and the other way round.
    duties = [
        Duty(ctx.trainer.tick),
        Duty(lambda: sync.catch_up(ctx.workspace, ctx.view)),
        Duty(ctx.queues.tick),
        Duty(ctx.retrainer.tick),
    ]
    if ctx.settings.demo:
        duties.append(Duty(Demonstration(ctx.workspace, ctx.desk, ctx.trainer).tick))
    if ctx.fiftyone_app is not None:
        duties.append(Duty(ctx.fiftyone_app.tick))

    def busy() -> bool:
        # What is edited in an open FiftyOne App changes nothing here before a duty has looked.
        return ctx.fiftyone_app is not None or ctx.trainer.busy or ctx.queues.busy

    return Ticker(duties, Pace(ctx.workspace.version, busy), time.monotonic)
