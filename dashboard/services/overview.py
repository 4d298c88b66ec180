"""The few numbers that stand above every tab, cheap enough to be asked for every second."""

import threading
from dataclasses import dataclass

from core.types import Run, RunStatus
from dashboard.services.training import Trainer
from storage import samples
from storage.samples import Totals
from storage.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the frame shows."""

    revision: int
    totals: Totals
    active: Run | None
    running: Run | None
    waiting: int
    """Runs in the queue behind the running one."""


class OverviewReader:
    """Reads the overview; totals are counted again only when something has changed."""

    def __init__(self, workspace: Workspace, trainer: Trainer) -> None:
        self._workspace = workspace
        self._trainer = trainer
        self._lock = threading.Lock()
        self._totals: tuple[int, Totals] | None = None

    def read(self) -> Overview:
        """Return what the frame shows now."""
        revision = self._workspace.revision()
        runs = self._trainer.runs()
        open_runs = sorted(
            (one for one in runs if one.status in (RunStatus.RUNNING, RunStatus.QUEUED)),
            key=lambda one: (one.status is RunStatus.QUEUED, one.number),
        )
        return Overview(
            revision=revision,
            totals=self._count(revision),
            active=next((one for one in runs if one.active), None),
            running=open_runs[0] if open_runs else None,
            waiting=max(0, len(open_runs) - 1),
        )

    def _count(self, revision: int) -> Totals:
        with self._lock:
            if self._totals is None or self._totals[0] != revision:
                with self._workspace.read() as session:
                    self._totals = (revision, samples.totals(session))
            return self._totals[1]
