"""Keeps the queue of runs going: one child process at a time, whoever has the workspace open.

Every step is safe to take from several processes at once: starting is decided inside a write
transaction, taking in happens only while the run is still "running".
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core import files
from core.errors import JobFailed
from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.types import RunId, RunStatus
from dashboard.services.processes import processes
from dashboard.services.processes.processes import Reserve
from dashboard.services.runs import ingest, progress
from storage.runs import runs
from storage.workspace.folder import Workspace


class Supervisor:
    """Starts what is next, takes in what has ended, notices what has died."""

    def __init__(self, workspace: Workspace, reserve: Reserve | None = None) -> None:
        """`reserve` has a process ready for the run after one that has ended."""
        self._workspace = workspace
        self._reserve = reserve
        self._children: dict[RunId, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._restored = False
        self.busy = False
        """Whether runs were waiting or under way at the last tick."""

    def tick(self) -> None:
        """Do what is due. Raises AppError when the disk is full; it is done at a later tick."""
        with self._lock:
            if not self._restored:
                with _full_disk_told():
                    ingest.restore_embeddings(self._workspace)
                self._restored = True
            with self._workspace.read() as session:
                running = runs.with_status(session, RunStatus.RUNNING)
                queued = runs.with_status(session, RunStatus.QUEUED)
            self.busy = bool(running or queued)
            for run, process in running:
                self._watch(run, process)
            if queued:
                self._start_next()

    def _start_next(self) -> None:
        with self._workspace.transaction() as session:
            waiting = runs.with_status(session, RunStatus.QUEUED)
            if not waiting or runs.with_status(session, RunStatus.RUNNING):
                return
            run = waiting[0][0]
            now, queued = datetime.now(UTC), (RunStatus.QUEUED,)
            try:
                process = self._process(run)
            except OSError as error:
                reason = f"Its process could not be started ({error.strerror})."
                status = RunStatus.FAILED
                runs.change(
                    session, run, queued, started=now, finished=now, status=status, message=reason
                )
            else:
                status = RunStatus.RUNNING
                runs.change(session, run, queued, started=now, status=status, process=process)

    def _process(self, run: RunId) -> str:
        """Return the identity of the run's process, which is started unless it lives already."""
        folder = self._workspace.runs / run
        process = processes.of(folder)
        if process:
            # Its starter was killed after starting it and before it could say so.
            return process
        start = processes.start if self._reserve is None else self._reserve.start
        self._children[run] = start(folder)
        return processes.of(folder)

    def _watch(self, run: RunId, process: str) -> None:
        child = self._children.get(run)
        if child is not None and child.poll() is not None:
            del self._children[run]
        # Asked before looking for the result: a process that ends in between has written it.
        alive = processes.is_alive(process)
        folder = self._workspace.runs / run
        if (folder / job_spec.RESULT).exists():
            self._take_in(run)
            if self._reserve is not None:
                self._reserve.renew()
        elif not alive:
            status, message = _cause_of_death(folder)
            self._end(run, process, status, message)

    def _take_in(self, run: RunId) -> None:
        with self._workspace.read() as session:
            current = runs.find(session, run)
            process = dict(runs.with_status(session, RunStatus.RUNNING)).get(run, "")
        try:
            with _full_disk_told():
                ingest.ingest(self._workspace, current)
        except JobFailed as error:
            self._end(run, process, RunStatus.FAILED, str(error))

    def _end(self, run: RunId, process: str, status: RunStatus, message: str) -> None:
        epochs = progress.read(self._workspace.runs / run).epochs_done
        with self._workspace.transaction() as session:
            # Somebody else may have noticed, and a person may have resumed it since.
            if dict(runs.with_status(session, RunStatus.RUNNING)).get(run) != process:
                return
            runs.change(
                session,
                run,
                (RunStatus.RUNNING,),
                status=status,
                finished=None if status is RunStatus.PAUSED else datetime.now(UTC),
                message=message,
                epochs_done=epochs,
            )


@contextlib.contextmanager
def _full_disk_told() -> Iterator[None]:
    """Turn a write for which there is no space into an AppError."""
    try:
        yield
    except OSError as error:
        raise files.disk_full(error) or error from error


def _cause_of_death(folder: Path) -> tuple[RunStatus, str]:
    with contextlib.suppress(OSError, ValueError, KeyError):
        told = json.loads((folder / job_spec.ERROR).read_text(encoding="utf-8"))
        return RunStatus.FAILED, f"{told['message']} {told['hint']}".strip()
    if (folder / job_spec.TRACEBACK).exists():
        sentence = "It ended with an unexpected error; its details say where."
        return RunStatus.FAILED, sentence
    if not (folder / job_spec.JOB).exists():
        return RunStatus.FAILED, "Its folder is gone; start a new run."
    kept = progress.kept(folder)
    resumed = f"continues after {kept}" if kept else "starts from the beginning"
    if (folder / job_spec.PAUSE).exists():
        return RunStatus.PAUSED, f"Paused; resume {resumed}."
    return RunStatus.INTERRUPTED, (
        "Its process was killed before it was done (by the system, as for want of memory, "
        f"or by hand); resume {resumed}.{_offer(folder)}"
    )


def _offer(folder: Path) -> str:
    """Return what helps where memory was short; nothing where a batch cannot be halved."""
    with contextlib.suppress(JobFailed):
        half = JobSpec.read(folder).half()
        if half:
            return f" Where memory was short, resume it with half the batch: {half} images at once."
    return ""
