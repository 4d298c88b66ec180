"""Stamps that tell whether something has changed, cheap enough to be compared every second."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """What stamps are made of that lies in the database."""

    runs: str
    running: tuple[str, ...]
    """Ids; their logs grow without a commit."""
    queues_made_from: str
    revision: int


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
        self._kept = workspace.version(), self._read_database()

    def read(self) -> dict[Topic, str]:
        """Return the stamps of now; while nothing is committed, the database is not asked."""
        version = self._workspace.version()
        if version != self._kept[0]:
            self._kept = version, self._read_database()
        stored = self._kept[1]
        return {
            "runs": _digest(stored.runs, [self._progress(run) for run in stored.running]),
            "imports": _digest(self._desk.state()),
            "queues": _digest(self._queues.state(), stored.queues_made_from),
            "samples": str(stored.revision),
            "view": _digest(self._view.problem),
            "speeds": _digest(self._speeds()),
        }

    def whole(self) -> str:
        """Return one stamp of all topics."""
        return _digest(sorted(self.read().items()))

    def _read_database(self) -> "_Stored":
        with self._workspace.read() as session:
            states = queue.states(session)
        return _Stored(
            runs=repr(states),
            running=tuple(str(row[0]) for row in states if row[1] == RunStatus.RUNNING.value),
            queues_made_from=queue_state.made_from(self._workspace),
            revision=self._workspace.revision(),
        )

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
