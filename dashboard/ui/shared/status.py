"""What the header shows, read from the services."""

from core.types import Progress, Run, RunStatus
from dashboard.runtime.context import AppContext
from dashboard.schemas.status import (
    ActiveCheckpoint,
    ImportProgress,
    QueueProgress,
    RunProgress,
    StatusValue,
    ViewState,
)
from dashboard.services.browsing.overview import Overview
from dashboard.services.curation import actor
from dashboard.services.importing.background import BUSY
from dashboard.services.runs import ranking

NOT_BEGUN = Progress(stage="", done=0, total=0)


def read(ctx: AppContext) -> StatusValue:
    """Return everything that the header shows now."""
    overview = ctx.overview.read()
    return StatusValue(
        revision=overview.revision,
        workspace=ctx.settings.workspace.resolve().name,
        samples=overview.totals.samples,
        patients=overview.totals.patients,
        groups=overview.totals.groups,
        synthetic=overview.synthetic,
        own=overview.own,
        checkpoint=_checkpoint(overview),
        view=_view(ctx),
        run=None if overview.running is None else _run(ctx, overview.running, overview.waiting),
        importing=_importing(ctx),
        queues=_queues(ctx),
        user=user(),
    )


def user() -> str:
    """Return the operating system's name for who runs the dashboard."""
    return actor.name()


def _checkpoint(overview: Overview) -> ActiveCheckpoint | None:
    run = overview.active
    if run is None:
        return None
    measured = ranking.figure(run)
    return ActiveCheckpoint(
        run=run.id,
        number=run.number,
        backbone=str(run.config.get("backbone", "")),
        balanced_accuracy=None if measured is None else measured.balanced_accuracy.value,
        measured_on=None if measured is None else measured.split.replace("_", "-"),
        changed=overview.changed,
    )


def _view(ctx: AppContext) -> ViewState:
    problem = ctx.view_problem or ctx.view.problem
    return ViewState(
        name=ctx.answered_by(),
        problem=None if problem is None else problem.message,
        hint=None if problem is None else problem.hint,
        app=None if ctx.fiftyone_app is None else ctx.fiftyone_app.address,
    )


def _run(ctx: AppContext, run: Run, waiting: int) -> RunProgress:
    live = ctx.trainer.live(run)
    latest = live.epochs[-1] if live.epochs else None
    step = live.step
    return RunProgress(
        run=run.id,
        number=run.number,
        queued=run.status is RunStatus.QUEUED,
        stage="" if step is None else step.stage,
        epoch=(0 if step is None else step.epoch) or (None if latest is None else latest.number),
        epochs=(0 if latest is None else latest.total) or run.all_epochs,
        seconds_left=live.seconds_left,
        waiting=waiting,
    )


def _importing(ctx: AppContext) -> ImportProgress | None:
    state = ctx.desk.state()
    if state.phase not in BUSY:
        return None
    progress = state.progress or NOT_BEGUN
    return ImportProgress(
        phase=state.phase.value,
        name=state.name,
        stage=progress.stage,
        done=progress.done,
        total=progress.total,
        seconds_left=progress.seconds_left,
    )


def _queues(ctx: AppContext) -> QueueProgress:
    state = ctx.queues.state()
    progress = state.progress or NOT_BEGUN
    return QueueProgress(
        working=state.working,
        problem=state.problem,
        stage=progress.stage,
        done=progress.done,
        total=progress.total,
        seconds_left=progress.seconds_left,
    )
