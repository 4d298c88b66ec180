"""Keeps the queues fresh while the dashboard runs: a process of its own, at lower priority.

It starts when what the queues depend on has changed and nobody has decided for a moment; a person
who keeps deciding gets fresh queues every minute all the same. A training run goes first: it ends
what nobody has asked for.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core import files
from core.types import Progress, RunStatus
from dashboard.services.processes.processes import ChildProcess
from dashboard.services.queues import queue_state
from storage.runs import runs
from storage.workspace.folder import Workspace

QUIET_SECONDS = 6.0
"""So long nothing may have changed before the queues are computed again ..."""
LONGEST_SECONDS = 60.0
"""... unless something has changed for so long already."""
NICENESS = 10
"""Behind the grid, which everybody waits for, and behind training; far enough from 19 to get its
turn where other programs keep the machine busy."""
_TOLD_EVERY_SECONDS = 0.5
_COMMAND = "from dashboard.cli import main; main()"
_SAID = "queues-said.json"
_MESSAGES = "queues-messages.txt"


@dataclass(frozen=True, kw_only=True)
class WorkerState:
    """What a person sees of the work on the queues."""

    working: bool
    progress: Progress | None
    problem: str
    """Why the last attempt failed, in a sentence; empty when it did not."""


class QueueWorker:
    """Starts `ai-mpox queues` when it is due. One process at a time."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._workspace = workspace
        self._clock = clock
        self._lock = threading.Lock()
        self._child = ChildProcess(NICENESS)
        self._seen = ""
        self._changed_at = self._stale_since = clock()
        self._tried = ""
        self._problem = ""
        self._asked = False
        self._wanted = False
        """Whether a person has asked for what the process does."""

    def tick(self) -> None:
        """Do what is due."""
        with self._lock:
            if self._child.take_exit_code():
                self._problem = _told(self._workspace.cache / _SAID)
            if self._child.is_running and not self._wanted and self._is_training():
                # Parts that it has embedded are kept, the one under way is lost; queues are made
                # after the run.
                self._child.close()
                self._tried = ""
            if not self._child.is_running and self._is_due():
                self._start()

    def ask(self) -> None:
        """Compute the queues again at once, because a person asked for it."""
        with self._lock:
            self._asked = True

    @property
    def busy(self) -> bool:
        """Whether the process works, or shall."""
        return self._asked or self._child.is_running

    def state(self) -> WorkerState:
        """Return what is being done."""
        with self._lock:
            working = self._child.is_running
            problem = self._problem
        progress = read_progress(self._workspace) if working else None
        return WorkerState(working=working, progress=progress, problem=problem)

    def close(self) -> None:
        """Stop the process; the queues stay as they were."""
        self._child.close()

    def _is_due(self) -> bool:
        now, inputs = self._clock(), queue_state.inputs(self._workspace)
        if inputs != self._seen:
            if self._seen == queue_state.made_from(self._workspace):
                self._stale_since = now
            self._seen, self._changed_at = inputs, now
        if self._asked:
            return True
        if inputs in (self._tried, queue_state.made_from(self._workspace)):
            return False
        quiet = now - self._changed_at >= QUIET_SECONDS
        if not quiet and now - self._stale_since < LONGEST_SECONDS:
            return False
        return not self._is_training()

    def _is_training(self) -> bool:
        with self._workspace.read() as session:
            return bool(runs.with_status(session, RunStatus.RUNNING))

    def _start(self) -> None:
        self._wanted = self._asked
        self._asked, self._tried, self._problem = False, self._seen, ""
        folder = progress_file(self._workspace).parent
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            progress_file(self._workspace).unlink()
        # All cores: it rests while somebody is there, and is behind everybody by its niceness.
        threads = str(os.cpu_count() or 1)
        command = ["-c", _COMMAND, "queues", "--json"]
        with (folder / _SAID).open("wb") as output, (folder / _MESSAGES).open("wb") as messages:
            self._child.start(
                *command,
                "--workspace",
                str(self._workspace.folder),
                output=output,
                messages=messages,
                OMP_NUM_THREADS=threads,
                OPENBLAS_NUM_THREADS=threads,
            )


def _told(output: Path) -> str:
    """Return the sentence that the command ended with."""
    try:
        error = json.loads(output.read_bytes())["error"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"The queues could not be computed; cache/{_MESSAGES} in the workspace says why."
    return " ".join(part for part in (error["message"], error["hint"]) if part)


class ProgressWriter:
    """Shows other processes how far a refresh is: a small file, written twice a second."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._file = progress_file(workspace)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._told = (-_TOLD_EVERY_SECONDS, "")
        self._stage, self._began = "", 0.0

    def __call__(self, progress: Progress) -> None:
        """Write it down, unless something was written just now."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._began = progress.stage, now
        if now - self._told[0] < _TOLD_EVERY_SECONDS and progress.stage == self._told[1]:
            return
        self._told = now, progress.stage
        content = replace(progress, seconds_left=self._seconds_left(progress, now))
        files.replace(self._file, json.dumps(asdict(content)).encode())

    def _seconds_left(self, progress: Progress, now: float) -> float | None:
        """Return how long a stage that stands alone still takes at its pace so far."""
        if progress.step or progress.seconds_left is not None or not progress.done:
            return progress.seconds_left
        pace = (now - self._began) / progress.done
        return round(pace * (progress.total - progress.done), 1)


def progress_file(workspace: Workspace) -> Path:
    """Return the file in which a refresh reports its progress."""
    return workspace.cache / "queues.json"


def read_progress(workspace: Workspace) -> Progress | None:
    """Return the progress of a refresh; None where it has reported none."""
    try:
        return Progress(**json.loads(progress_file(workspace).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
