"""The few numbers that stand above every tab, cheap enough to be asked for every second."""

import threading
from dataclasses import dataclass

from core import demo
from core.types import Run, RunStatus
from dashboard.services.training import Trainer
from storage import samples, sources
from storage.samples import Totals
from storage.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the frame shows."""

    revision: int
    totals: Totals
    synthetic: bool
    """Whether drawn demonstration pictures are among the samples."""
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
        self._counted: tuple[int, Totals, bool] | None = None

    def read(self) -> Overview:
        """Return what the frame shows now."""
        revision, totals, synthetic = self._count(self._workspace.revision())
        runs = self._trainer.runs()
        open_runs = sorted(
            (one for one in runs if one.status in (RunStatus.RUNNING, RunStatus.QUEUED)),
            key=lambda one: (one.status is RunStatus.QUEUED, one.place),
        )
        return Overview(
            revision=revision,
            totals=totals,
            synthetic=synthetic,
            active=next((one for one in runs if one.active), None),
            running=open_runs[0] if open_runs else None,
            waiting=max(0, len(open_runs) - 1),
        )

    def _count(self, revision: int) -> tuple[int, Totals, bool]:
        with self._lock:
            if self._counted is None or self._counted[0] != revision:
                with self._workspace.read() as session:
                    synthetic = sources.has_origin(session, demo.ORIGIN)
                    self._counted = (revision, samples.totals(session), synthetic)
            return self._counted
