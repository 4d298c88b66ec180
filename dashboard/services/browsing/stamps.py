"""Stamps that tell whether something has changed, cheap enough to be compared every second."""

import hashlib
from collections.abc import Callable
from typing import Literal, get_args

from core.jobs import job_spec
from core.types import RunStatus
from dashboard.services.importing.background import ImportDesk
from dashboard.services.queues import queue_state
from dashboard.services.queues.worker import QueueWorker
from storage.queries.sample_view import SampleView
from storage.runs import queue
from storage.workspace.folder import Workspace

Topic = Literal["runs", "imports", "queues", "samples", "view", "speeds"]
TOPICS: tuple[Topic, ...] = get_args(Topic)


class Stamps:
    """Reads a short text per topic; equal texts mean that nothing of that topic has changed."""

    def __init__(
        self,
        workspace: Workspace,
        desk: ImportDesk,
        queues: QueueWorker,
        view: SampleView,
        speeds: Callable[[], object],
    ) -> None:
        self._workspace = workspace
        self._desk = desk
        self._queues = queues
        self._view = view
        self._speeds = speeds

    def read(self) -> dict[Topic, str]:
        """Return the stamps of now."""
        return {
            "runs": self._runs(),
            "imports": _digest(self._desk.state()),
            "queues": _digest(self._queues.state(), queue_state.made_from(self._workspace)),
            "samples": str(self._workspace.revision()),
            "view": _digest(self._view.problem),
            "speeds": _digest(self._speeds()),
        }

    def _runs(self) -> str:
        """Return the stamp of all runs; a running one changes with each event that it appends."""
        with self._workspace.read() as session:
            states = queue.states(session)
        running = [str(row[0]) for row in states if row[1] == RunStatus.RUNNING.value]
        return _digest(states, [self._progress(run) for run in running])

    def _progress(self, run: str) -> tuple[int, bool, bool]:
        """Return the bytes of a run's events, and whether it was asked to stop or to pause."""
        folder = self._workspace.runs / run
        try:
            size = (folder / job_spec.EVENTS).stat().st_size
        except FileNotFoundError:
            size = 0
        return size, (folder / job_spec.STOP).exists(), (folder / job_spec.PAUSE).exists()


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
