"""Training runs: queue, start, watch, stop, resume, take in, use."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from core import job
from core.config import TrainConfig
from core.errors import AppError, WeightsUnavailable
from core.job import JobSpec
from core.types import Run, RunId, RunStatus
from dashboard.services import live, snapshot, splitting
from dashboard.services.live import LiveRun
from dashboard.services.supervision import Supervisor
from storage import runs, splits
from storage.runs import NewRun
from storage.splits import SplitVersion
from storage.workspace import Workspace

_UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
_RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.FAILED)


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """How the samples of a run were dealt to train, validation and test."""

    split_kind: str
    split_version: int
    """0: dealt for this run alone."""
    test_version: str
    leaky: bool

    @classmethod
    def by(cls, version: SplitVersion, test_version: str, *, leaky: bool) -> Self:
        """Return it for a split version."""
        return cls(
            split_kind=version.kind,
            split_version=version.number,
            test_version=test_version,
            leaky=leaky,
        )


class Trainer:
    """Runs training jobs, one at a time, in child processes that survive the dashboard."""

    def __init__(self, workspace: Workspace, *, serving: bool) -> None:
        self._workspace = workspace
        cores = os.cpu_count() or 1
        self._threads = max(1, cores - 1) if serving else cores
        self._supervisor = Supervisor(workspace)

    def start(
        self, config: TrainConfig, *, split: str = "patient", allow_leak: bool = False
    ) -> Run:
        """Queue a run on the data as they are now.

        Raises LeakingSplit, WeightsUnavailable for a file that is not there, or AppError.
        """
        spec, version, leaky = self.prepare(config, split=split, allow_leak=allow_leak)
        with self._workspace.read() as session:
            tested_on = splits.test_version(session)
        return self.enqueue(spec, Dealt.by(version, tested_on, leaky=leaky))

    def prepare(
        self, config: TrainConfig, *, split: str = "patient", allow_leak: bool = False
    ) -> tuple[JobSpec, SplitVersion, bool]:
        """Return the job that a run would do, the split version, and whether they leak.

        Raises what `start` raises.
        """
        if config.init not in ("imagenet", "random"):
            if not Path(config.init).is_file():
                raise WeightsUnavailable(
                    f"There is no weights file {config.init}.",
                    title="Weights not found",
                    hint="Check the name, or choose random initial weights.",
                )
            # The child has another working directory, and a run may be repeated from anywhere.
            config = replace(config, init=str(Path(config.init).resolve()))
        version = splitting.ensure(self._workspace, split)
        leaky = snapshot.gate(self._workspace, allow_leak=allow_leak) or version.leaky
        spec = snapshot.take(self._workspace, config, self._threads)
        leaky = snapshot.gate_folds(spec, allow_leak=allow_leak) or leaky
        return spec, version, leaky

    def enqueue(self, spec: JobSpec, dealt: Dealt) -> Run:
        """Queue a run that does a job."""
        with self._workspace.transaction() as session:
            number = runs.next_number(session)
            run = RunId(f"run-{number}-{secrets.token_hex(2)}")
            folder = self._workspace.runs / run
            folder.mkdir(parents=True)
            spec.write(folder)
            new = NewRun(
                id=run,
                config=spec.config.to_dict(),
                classes=tuple(class_id for class_id, _ in spec.classes),
                fingerprint=spec.fingerprint(),
                **vars(dealt),
            )
            runs.add(session, new)
        self.tick()
        return self.get(run)

    def tick(self) -> None:
        """Take in what has ended, notice what has died, start what is next."""
        self._supervisor.tick()

    def stop(self, run: Run) -> Run:
        """Ask a run to end after its current batch and to keep its best epoch."""
        with self._workspace.transaction() as session:
            unstarted = runs.change(
                session,
                run.id,
                (RunStatus.QUEUED,),
                status=RunStatus.STOPPED,
                finished=datetime.now(UTC),
                message="It was stopped before it began.",
            )
        found = self.get(run.id)
        if not unstarted and found.status is not RunStatus.RUNNING:
            raise AppError(
                f"Run {found.number} is not running.",
                title="Nothing to stop",
                hint="Only a queued or running run can be stopped.",
            )
        if not unstarted:
            (self._workspace.runs / run.id / job.STOP).touch()
        return found

    def resume(self, run: Run) -> Run:
        """Queue a run again that was interrupted or failed; its finished epochs are kept."""
        with self._workspace.transaction() as session:
            ready = runs.change(
                session, run.id, _RESUMABLE, status=RunStatus.QUEUED, message="", finished=None
            )
        if not ready:
            found = self.get(run.id)
            raise AppError(
                f"Run {found.number} is {found.status.value}: there is nothing to resume.",
                title="Nothing to resume",
                hint="Only a run that was interrupted or has failed can be resumed.",
            )
        (self._workspace.runs / run.id / job.STOP).unlink(missing_ok=True)
        self.tick()
        return self.get(run.id)

    def use(self, run: Run) -> Run:
        """Make a run's checkpoint the active one. Raises AppError for a leaky or unended run."""
        found = self.get(run.id)
        if found.leaky:
            raise AppError(
                f"Run {found.number} was trained on a leaking split.",
                title="Not for use",
                hint="Its scores cannot be trusted: train on a split by patient.",
            )
        if not found.evaluations:
            raise AppError(
                f"Run {found.number} has no checkpoint yet.",
                title="Not for use",
                hint="Wait until it has ended, or choose another run.",
            )
        with self._workspace.transaction() as session:
            runs.activate(session, run.id)
        return self.get(run.id)

    def runs(self) -> list[Run]:
        """Return all runs: unfinished ones, then by balanced accuracy on validation."""
        with self._workspace.read() as session:
            found = runs.all_runs(session)
        return sorted(found, key=_rank)

    def get(self, text: str) -> Run:
        """Return the run of that id or number. Raises AppError when there is none."""
        with self._workspace.read() as session:
            return runs.find(session, text)

    def live(self, run: Run) -> LiveRun:
        """Return what a run has said so far."""
        return live.read(self._workspace.runs / run.id)

    def wait(
        self, run: Run, on_event: Callable[[dict[str, Any]], None], seconds: float = 0.2
    ) -> Run:
        """Return the run when it has ended, telling its events as they come."""
        told = 0
        while True:
            self.tick()
            found = self.get(run.id)
            events = list(job.events(self._workspace.runs / run.id))
            for event in events[told:]:
                on_event(event)
            told = len(events)
            if found.status not in _UNFINISHED:
                return found
            time.sleep(seconds)


def _rank(run: Run) -> tuple[int, float, int]:
    measured = run.evaluations.get("validation")
    score = -1.0 if measured is None else measured.balanced_accuracy.value
    return (0 if run.status in _UNFINISHED else 1, -score, -run.number)
