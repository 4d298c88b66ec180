"""The frame's state as a small JSON document: polled, never pushed through a queue."""

import getpass
from typing import Any

from core.types import Run, RunStatus
from dashboard.runtime.context import AppContext
from dashboard.services.importing.background import BUSY, DeskState
from dashboard.services.queues.worker import WorkerState
from dashboard.services.runs import ranking


def document(ctx: AppContext) -> dict[str, Any]:
    """Return everything that the header shows."""
    seen = ctx.overview.read()
    problem = ctx.view_problem or ctx.view.problem
    return {
        "revision": seen.revision,
        "workspace": ctx.settings.workspace.resolve().name,
        "samples": seen.totals.samples,
        "patients": seen.totals.patients,
        "groups": seen.totals.groups,
        "synthetic": seen.synthetic,
        "own": seen.own,
        "checkpoint": None if seen.active is None else _checkpoint(seen.active, seen.changed),
        "view": {
            "name": ctx.answered_by(),
            "problem": None if problem is None else problem.message,
            "hint": None if problem is None else problem.hint,
            "app": None if ctx.fiftyone_app is None else ctx.fiftyone_app.address,
        },
        "run": None if seen.running is None else _run(ctx, seen.running, seen.waiting),
        "import": _import(ctx.desk.state()),
        "queues": _queues(ctx.queues.state()),
        "user": user(),
    }


def user() -> str:
    """Return the operating system's name for who runs the dashboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _checkpoint(run: Run, changed: int) -> dict[str, Any]:
    measured = ranking.figure(run)
    return {
        "run": run.id,
        "number": run.number,
        "backbone": run.config.get("backbone", ""),
        "balanced_accuracy": None if measured is None else measured.balanced_accuracy.value,
        "measured_on": None if measured is None else measured.split.replace("_", "-"),
        "changed": changed,
    }


def _run(ctx: AppContext, run: Run, waiting: int) -> dict[str, Any]:
    live = ctx.trainer.live(run)
    latest = live.epochs[-1] if live.epochs else None
    step = live.step
    return {
        "run": run.id,
        "number": run.number,
        "queued": run.status is RunStatus.QUEUED,
        "stage": "" if step is None else step.stage,
        "epoch": (0 if step is None else step.epoch) or (None if latest is None else latest.number),
        "epochs": (0 if latest is None else latest.total) or run.all_epochs,
        "seconds_left": live.seconds_left,
        "waiting": waiting,
    }


def _queues(state: WorkerState) -> dict[str, Any]:
    progress = state.progress
    return {
        "working": state.working,
        "problem": state.problem,
        "stage": "" if progress is None else progress.stage,
        "done": 0 if progress is None else progress.done,
        "total": 0 if progress is None else progress.total,
        "seconds_left": None if progress is None else progress.seconds_left,
    }


def _import(state: DeskState) -> dict[str, Any] | None:
    if state.phase not in BUSY:
        return None
    progress = state.progress
    return {
        "phase": state.phase.value,
        "name": state.name,
        "stage": "" if progress is None else progress.stage,
        "done": 0 if progress is None else progress.done,
        "total": 0 if progress is None else progress.total,
        "seconds_left": None if progress is None else progress.seconds_left,
    }
