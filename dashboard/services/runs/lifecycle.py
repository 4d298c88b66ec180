"""What a person may do to a run after it was started: stop, pause, resume, move, hide, use."""

from dataclasses import replace
from datetime import UTC, datetime

from core.errors import AppError
from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.types import Run, RunStatus
from dashboard.services.runs import progress
from storage.runs import queue, runs
from storage.workspace.folder import Workspace

WAITING = (RunStatus.QUEUED, RunStatus.PAUSED)
RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.FAILED, RunStatus.PAUSED)
HELD_BACK = "Taken out of the queue; resume puts it back."


def stop(workspace: Workspace, run: Run) -> None:
    """Ask a run to end after its current batch and to keep its best epoch."""
    current = _again(workspace, run)
    if current.status is RunStatus.RUNNING:
        (workspace.runs / run.id / job_spec.STOP).touch()
    elif current.status in WAITING and not _begun(workspace, current):
        if not _take_out(workspace, current):
            # It has been started or resumed in this moment.
            stop(workspace, run)
    elif current.status is RunStatus.QUEUED:
        # It has epochs or trials to keep, and can go on with them another time.
        if not _hold_back(workspace, current):
            stop(workspace, run)
    elif current.status is RunStatus.PAUSED:
        # Its job goes on for a moment: it measures the best epoch and predicts with it.
        # Asked before it is queued: it may begin in the same moment, and a crash in between
        # leaves it paused.
        (workspace.runs / run.id / job_spec.STOP).touch()
        _requeue(workspace, current)
    else:
        raise AppError(
            f"Run {current.number} is not running.",
            title="Nothing to stop",
            hint="Only a waiting, running or paused run can be stopped.",
        )


def pause(workspace: Workspace, run: Run) -> None:
    """Ask a run to leave after its current batch; it goes on from its last epoch when resumed."""
    current = _again(workspace, run)
    if current.status is RunStatus.RUNNING:
        (workspace.runs / run.id / job_spec.PAUSE).touch()
    elif current.status is RunStatus.QUEUED:
        if not _hold_back(workspace, current):
            pause(workspace, run)
    else:
        raise AppError(
            f"Run {current.number} is {current.status.value}: there is nothing to pause.",
            title="Nothing to pause",
            hint="Only a waiting or running run can be paused.",
        )


def resume(workspace: Workspace, run: Run, at_once: int | None = None) -> None:
    """Queue a run again that was paused or interrupted or failed; its epochs are kept.

    `at_once` images go through the network together from here on, where memory is short; every
    step still learns from the whole batch. Raises AppError for more than a batch.
    """
    current = _again(workspace, run)
    if current.status not in RESUMABLE:
        raise AppError(
            f"Run {current.number} is {current.status.value}: there is nothing to resume.",
            title="Nothing to resume",
            hint="Only a run that was paused or interrupted, or has failed, can be resumed.",
        )
    if at_once is not None:
        _in_parts(workspace, current, at_once)
    (workspace.runs / run.id / job_spec.STOP).unlink(missing_ok=True)
    _requeue(workspace, current)


def resume_half(workspace: Workspace, run: Run) -> None:
    """Resume a run with half of what went through the network at once before."""
    half = JobSpec.read(workspace.runs / run.id).half()
    if half is None:
        raise AppError(
            f"Run {run.number} already sees as few images at once as a network can learn from.",
            title="No smaller batch",
            hint="Close other programs and resume it, or start one with smaller images.",
        )
    resume(workspace, run, half)


def _in_parts(workspace: Workspace, run: Run, at_once: int) -> None:
    folder = workspace.runs / run.id
    spec = JobSpec.read(folder)
    most = spec.config.batch_size
    if not 1 <= at_once <= most:
        raise AppError(
            f"Run {run.number} learns from {most} images at every step; {at_once} of them cannot "
            "go through the network at once.",
            title="Batch not possible",
            hint=f"Choose a number from 1 to {most}.",
        )
    replace(spec, at_once=at_once).write(folder)


def sooner(workspace: Workspace, run: Run) -> None:
    """Let a waiting run change places with the one before it; the first one stays first."""
    with workspace.transaction() as session:
        waiting = [run_id for run_id, _ in runs.with_status(session, RunStatus.QUEUED)]
        place = waiting.index(run.id) if run.id in waiting else 0
        if place:
            queue.swap_places(session, waiting[place - 1], run.id)


def hide(workspace: Workspace, run: Run) -> None:
    """Keep an ended run out of lists; files and numbers stay. Raises AppError for one in use."""
    current = _again(workspace, run)
    if current.active or current.status in (RunStatus.QUEUED, RunStatus.RUNNING):
        why = "the active one" if current.active else current.status.value
        raise AppError(
            f"Run {current.number} is {why} and cannot be hidden.",
            title="Not hidden",
            hint="Use another model first."
            if current.active
            else "Stop it first, or wait until it has ended.",
        )
    with workspace.transaction() as session:
        queue.hide(session, run.id, datetime.now(UTC))


def unhide(workspace: Workspace, run: Run) -> None:
    """Bring a hidden run back into lists."""
    with workspace.transaction() as session:
        queue.hide(session, run.id, None)


def use(workspace: Workspace, run: Run) -> None:
    """Make a run's checkpoint the active one. Raises AppError for a leaky or unended run."""
    current = _again(workspace, run)
    if current.leaky:
        raise AppError(
            f"Run {current.number} was trained on a leaking split.",
            title="Not for use",
            hint="Its scores cannot be trusted: train on a split by patient.",
        )
    if not current.evaluations:
        raise AppError(
            f"Run {current.number} has no checkpoint yet.",
            title="Not for use",
            hint="Wait until it has ended, or choose another run.",
        )
    with workspace.transaction() as session:
        runs.activate(session, run.id)
        queue.hide(session, run.id, None)


def _again(workspace: Workspace, run: Run) -> Run:
    """Return the run as it is now; it may have changed since a person saw it."""
    with workspace.read() as session:
        return runs.find(session, run.id)


def _begun(workspace: Workspace, run: Run) -> bool:
    return run.started is not None and progress.begun(workspace.runs / run.id)


def _take_out(workspace: Workspace, run: Run) -> bool:
    with workspace.transaction() as session:
        return runs.change(
            session,
            run.id,
            (run.status,),
            status=RunStatus.STOPPED,
            finished=datetime.now(UTC),
            message="It was stopped before it began.",
        )


def _hold_back(workspace: Workspace, run: Run) -> bool:
    with workspace.transaction() as session:
        return runs.change(
            session, run.id, (RunStatus.QUEUED,), status=RunStatus.PAUSED, message=HELD_BACK
        )


def _requeue(workspace: Workspace, run: Run) -> None:
    (workspace.runs / run.id / job_spec.PAUSE).unlink(missing_ok=True)
    with workspace.transaction() as session:
        runs.change(
            session,
            run.id,
            RESUMABLE,
            status=RunStatus.QUEUED,
            message="",
            finished=None,
            deleted=None,
            place=queue.next_place(session),
        )
