"""Training runs: started, watched, and what may be done to them, for tabs and commands."""

import functools
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.settings import config as configs
from core.settings.config import TrainConfig
from core.types import Run, RunId, RunStatus
from dashboard.services.processes.processes import Reserve
from dashboard.services.runs import enqueue, lifecycle, progress
from dashboard.services.runs.enqueue import Wanted
from dashboard.services.runs.progress import LiveRun
from dashboard.services.runs.supervisor import Supervisor
from dashboard.services.splits import split_versions
from storage.runs import runs
from storage.runs.runs import NewRun
from storage.workspace.folder import Workspace

_FOLLOWED = 8
"""Most runs whose log readers are kept; a poll then reads only the new events."""
_UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


class Trainer:
    """Runs training jobs, one at a time, in child processes that survive the dashboard."""

    def __init__(self, workspace: Workspace, *, serving: bool) -> None:
        self._workspace = workspace
        cores = os.cpu_count() or 1
        self.threads = max(1, cores - 1) if serving else cores
        """Of the processor, for each run: a served dashboard keeps one core."""
        self._reserve = Reserve() if serving else None
        self._supervisor = Supervisor(workspace, self._reserve)
        self._following = functools.lru_cache(maxsize=_FOLLOWED)(progress.Following)

    @property
    def workspace(self) -> Workspace:
        """The workspace whose runs these are."""
        return self._workspace

    def start(
        self,
        config: TrainConfig,
        *,
        split: str = "patient",
        allow_leak: bool = False,
        as_of: datetime | None = None,
    ) -> Run:
        """Queue a run on the data as they are now, or with the labels of a moment."""
        wanted = Wanted(config=config, split=split, allow_leak=allow_leak, as_of=as_of)
        return self.queue(wanted)

    def queue(self, wanted: Wanted) -> Run:
        """Queue what is wanted.

        Raises LeakingSplit, WeightsUnavailable for a file that is not there, or AppError.
        """
        return self._queued(enqueue.queue(self._workspace, wanted, self.threads))

    def prepared(self, config: TrainConfig) -> tuple[JobSpec, NewRun]:
        """Return the job of a run split by patient, before it is queued; raises as `queue`.

        The split in use stays as it is.
        """
        with split_versions.unchanged(self._workspace):
            return enqueue.prepared(self._workspace, Wanted(config=config), self.threads)

    def add(self, spec: JobSpec, new: NewRun) -> Run:
        """Queue a job as it is."""
        return self._queued(enqueue.add(self._workspace, spec, new))

    def again(self, run: Run, as_of: datetime | None = None) -> Run:
        """Queue a run with the settings of another, on the labels of now or of a day."""
        return self.queue(
            Wanted(
                config=configs.from_dict(run.config),
                split=run.split_kind,
                allow_leak=run.leaky,
                as_of=as_of,
                repeats=run.number,
            )
        )

    def repeat(self, run: Run) -> Run:
        """Queue the very job of a run once more. Raises JobFailed where its file is gone."""
        return self._queued(enqueue.repeat(self._workspace, run))

    def _queued(self, run: RunId) -> Run:
        self.tick()
        return self.get(run)

    @property
    def busy(self) -> bool:
        """Whether runs were waiting or under way at the last tick."""
        return self._supervisor.busy

    def prepare(self) -> None:
        """Have a process ready: somebody fills in the form of a run."""
        if self._reserve is not None:
            self._reserve.prepare()

    def close(self) -> None:
        """End the process that waits for a run; runs themselves go on."""
        if self._reserve is not None:
            self._reserve.close()

    def tick(self) -> None:
        """Take in what has ended, notice what has died, start what is next."""
        self._supervisor.tick()
        if self._reserve is not None:
            self._reserve.tick()

    def stop(self, run: Run) -> Run:
        """Ask a run to end after its current batch and to keep its best epoch."""
        lifecycle.stop(self._workspace, run)
        return self._queued(run.id)

    def pause(self, run: Run) -> Run:
        """Ask a run to leave after its current batch and to go on some other time."""
        lifecycle.pause(self._workspace, run)
        return self._queued(run.id)

    def resume(self, run: Run, at_once: int | None = None) -> Run:
        """Queue a run again that was paused, interrupted or failed; its epochs are kept.

        `at_once`: how many images go through the network together, where memory is short.
        """
        lifecycle.resume(self._workspace, run, at_once)
        return self._queued(run.id)

    def resume_half(self, run: Run) -> Run:
        """Resume a run with half as many images at once as before."""
        lifecycle.resume_half(self._workspace, run)
        return self._queued(run.id)

    def sooner(self, run: Run) -> Run:
        """Let a waiting run change places with the one before it."""
        lifecycle.sooner(self._workspace, run)
        return self._queued(run.id)

    def hide(self, run: Run) -> Run:
        """Keep an ended run out of lists; nothing of it is deleted."""
        lifecycle.hide(self._workspace, run)
        return self._queued(run.id)

    def unhide(self, run: Run) -> Run:
        """Bring a hidden run back."""
        lifecycle.unhide(self._workspace, run)
        return self._queued(run.id)

    def use(self, run: Run) -> Run:
        """Make a run's checkpoint the active one. Raises AppError for a leaky or unended run."""
        lifecycle.use(self._workspace, run)
        return self._queued(run.id)

    def runs(self, *, hidden: bool = False) -> list[Run]:
        """Return all runs: unfinished ones, then by balanced accuracy on validation.

        Those that a person has hidden only if asked for.
        """
        with self._workspace.read() as session:
            listed = runs.all_runs(session, hidden=hidden)
        return sorted(listed, key=_rank)

    def get(self, text: str) -> Run:
        """Return the run of that id or number. Raises AppError when there is none."""
        with self._workspace.read() as session:
            return runs.find(session, text)

    def live(self, run: Run) -> LiveRun:
        """Return what a run has logged so far."""
        return self._following(self._workspace.runs / run.id).now()

    def wait(
        self, run: Run, on_event: Callable[[dict[str, Any]], None], seconds: float = 0.2
    ) -> Run:
        """Return the run when it has ended, telling its events as they come."""
        reader = job_spec.EventReader(self._workspace.runs / run.id)
        while True:
            self.tick()
            current = self.get(run.id)
            for event in reader.fresh():
                on_event(event)
            if current.status not in _UNFINISHED:
                return current
            time.sleep(seconds)


def _rank(run: Run) -> tuple[int, float, int]:
    measured = run.evaluations.get("validation")
    score = -1.0 if measured is None else measured.balanced_accuracy.value
    return (0 if run.status in _UNFINISHED else 1, -score, -run.number)
