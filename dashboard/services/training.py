"""Training runs: queue, start, watch, stop, resume, take in, use."""

import contextlib
import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import job
from core.config import TrainConfig
from core.errors import AppError, JobFailed
from core.types import Run, RunId, RunStatus
from dashboard.services import ingest, processes, snapshot, splitting
from storage import runs, splits
from storage.runs import NewRun
from storage.workspace import Workspace

_UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
_RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.FAILED)


@dataclass(frozen=True, kw_only=True)
class LiveRun:
    """What a run has said so far."""

    epochs: tuple[dict[str, Any], ...]
    batch: dict[str, Any] | None
    """The newest batch event, where it is newer than the newest epoch."""
    messages: tuple[str, ...]


class Trainer:
    """Runs training jobs, one at a time, in child processes that survive the dashboard."""

    def __init__(self, workspace: Workspace, *, serving: bool) -> None:
        self._workspace = workspace
        cores = os.cpu_count() or 1
        self._threads = max(1, cores - 1) if serving else cores
        self._children: dict[RunId, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def start(
        self, config: TrainConfig, *, split: str = "patient", allow_leak: bool = False
    ) -> Run:
        """Queue a run on the data as they are now. Raises LeakingSplit, or AppError."""
        if config.init not in ("imagenet", "random"):
            # The child has another working directory, and a run may be repeated from anywhere.
            config = replace(config, init=str(Path(config.init).resolve()))
        version = splitting.ensure(self._workspace, split)
        leaky = snapshot.gate(self._workspace, allow_leak=allow_leak) or version.leaky
        spec = snapshot.take(self._workspace, config, self._threads)
        with self._workspace.transaction() as session:
            number = runs.next_number(session)
            run = RunId(f"run-{number}-{secrets.token_hex(2)}")
            folder = self._workspace.runs / run
            folder.mkdir(parents=True)
            spec.write(folder)
            new = NewRun(
                id=run,
                config=config.to_dict(),
                classes=tuple(class_id for class_id, _ in spec.classes),
                fingerprint=spec.fingerprint(),
                split_version=version.number,
                split_kind=version.kind,
                test_version=splits.test_version(session),
                leaky=leaky,
            )
            runs.add(session, new)
        self.tick()
        return self.get(run)

    def tick(self) -> None:
        """Take in what has ended, notice what has died, start what is next."""
        with self._lock:
            with self._workspace.read() as session:
                running = runs.with_status(session, RunStatus.RUNNING)
                queued = runs.with_status(session, RunStatus.QUEUED)
            for run, process in running:
                self._watch(run, process)
            if queued:
                self._start_next()

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
        epochs: dict[int, dict[str, Any]] = {}
        batch, messages = None, []
        for event in job.events(self._workspace.runs / run.id):
            if event["event"] == "epoch":
                # A resumed run repeats the epoch that was lost: its last word counts.
                epochs[event["epoch"]] = event
                batch = None
            elif event["event"] == "batch":
                batch = event
            elif event["event"] == "message":
                messages.append(str(event["text"]))
        return LiveRun(epochs=tuple(epochs.values()), batch=batch, messages=tuple(messages))

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

    def _start_next(self) -> None:
        with self._workspace.transaction() as session:
            waiting = runs.with_status(session, RunStatus.QUEUED)
            if not waiting or runs.with_status(session, RunStatus.RUNNING):
                return
            run = waiting[0][0]
            child = processes.start(self._workspace.runs / run)
            self._children[run] = child
            runs.change(
                session,
                run,
                (RunStatus.QUEUED,),
                status=RunStatus.RUNNING,
                started=datetime.now(UTC),
                process=processes.identity(child.pid),
            )

    def _watch(self, run: RunId, process: str) -> None:
        child = self._children.get(run)
        if child is not None:
            child.poll()
        # Asked before looking for the result: a process that ends in between has written it.
        alive = processes.is_alive(process)
        folder = self._workspace.runs / run
        if (folder / job.RESULT).exists():
            self._take_in(run)
        elif not alive:
            self._note_death(run, folder)

    def _take_in(self, run: RunId) -> None:
        try:
            ingest.ingest(self._workspace, self.get(run))
        except JobFailed as error:
            self._end(run, RunStatus.FAILED, str(error))

    def _note_death(self, run: RunId, folder: Path) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            told = json.loads((folder / job.ERROR).read_text(encoding="utf-8"))
            self._end(run, RunStatus.FAILED, f"{told['message']} {told['hint']}".strip())
            return
        if (folder / job.TRACEBACK).exists():
            sentence = "It ended with an unexpected error; traceback.txt in its folder says where."
            self._end(run, RunStatus.FAILED, sentence)
            return
        epochs = self.live(self.get(run)).epochs
        kept = (
            f"continues after epoch {epochs[-1]['epoch']}"
            if epochs
            else "starts from the beginning"
        )
        sentence = f"Its process was ended from outside before it was done; resume {kept}."
        self._end(run, RunStatus.INTERRUPTED, sentence)

    def _end(self, run: RunId, status: RunStatus, message: str) -> None:
        epochs = len(self.live(self.get(run)).epochs)
        with self._workspace.transaction() as session:
            runs.change(
                session,
                run,
                (RunStatus.RUNNING,),
                status=status,
                finished=datetime.now(UTC),
                message=message,
                epochs_done=epochs,
            )


def _rank(run: Run) -> tuple[int, float, int]:
    measured = run.evaluations.get("validation")
    score = -1.0 if measured is None else measured.balanced_accuracy.value
    return (0 if run.status in _UNFINISHED else 1, -score, -run.number)
