"""Searches for settings: their trials, and the run that one of them is worth."""

from collections.abc import Sequence

from core.errors import AppError
from core.jobs import trials
from core.jobs.trials import Trial
from core.types import Run, RunStatus
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace


def known(workspace: Workspace) -> list[Run]:
    """Return the searches that nobody has hidden: the one under way first, then newest first."""
    with workspace.read() as session:
        listed = [run for run in runs.all_runs(session) if run.config.get("search")]
    return sorted(listed, key=lambda run: (run.status is not RunStatus.RUNNING, -run.number))


def of(workspace: Workspace, run: Run) -> list[Trial]:
    """Return the finished trials of a search, in their order."""
    return trials.read(workspace.runs / run.id)


def train(workspace: Workspace, trainer: Trainer, run: Run, number: int) -> Run:
    """Queue a whole run with the settings of a trial, on the split and labels it was tried on.

    Raises AppError where there is no such trial, and what `Trainer.start` raises.
    """
    trial = next(
        (candidate for candidate in of(workspace, run) if candidate.number == number), None
    )
    if trial is None:
        raise AppError(
            f"Run {run.number} has no finished trial {number + 1}.",
            title="No such trial",
            hint="Choose a trial from its table.",
        )
    return trainer.start(
        trial.onto(run.config), split=run.split_kind, allow_leak=run.leaky, as_of=run.as_of
    )


def ranked(finished: Sequence[Trial]) -> list[Trial]:
    """Return the trials by balanced accuracy, best first, diverged ones last."""
    return sorted(
        finished, key=lambda trial: (trial.diverged, -trial.balanced_accuracy.value, trial.number)
    )
