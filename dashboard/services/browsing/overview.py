"""The few numbers that stand above every tab, cheap enough to be asked for every second."""

import threading
from dataclasses import dataclass

from core.demo import demo_set
from core.types import Run, RunId, RunStatus
from dashboard.services.runs import ranking
from dashboard.services.runs.trainer import Trainer
from storage.runs import sample_predictions
from storage.samples import samples, sources
from storage.samples.samples import Totals
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the frame shows."""

    revision: int
    totals: Totals
    synthetic: bool
    """Whether synthetic demonstration images are among the samples."""
    own: bool
    """Whether anything but these is."""
    active: Run | None
    changed: int
    """Labels that the active run's figure rests on and that are others now."""
    running: Run | None
    waiting: int
    """Runs in the queue behind the running one."""


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """What is counted again only when something has changed."""

    totals: Totals
    synthetic: bool
    own: bool


class OverviewReader:
    """Reads the overview; totals are counted again only when something has changed."""

    def __init__(self, workspace: Workspace, trainer: Trainer) -> None:
        self._workspace = workspace
        self._trainer = trainer
        self._lock = threading.Lock()
        self._counted: tuple[int, _Counted] | None = None
        self._changed: tuple[int, RunId, int] | None = None

    def read(self) -> Overview:
        """Return what the frame shows now."""
        revision, counted = self._count(self._workspace.revision())
        runs = self._trainer.runs()
        open_runs = sorted(
            (run for run in runs if run.status in (RunStatus.RUNNING, RunStatus.QUEUED)),
            key=lambda run: (run.status is RunStatus.QUEUED, run.place),
        )
        active = next((run for run in runs if run.active), None)
        return Overview(
            revision=revision,
            totals=counted.totals,
            synthetic=counted.synthetic,
            own=counted.own,
            active=active,
            changed=0 if active is None else self._count_changed(revision, active),
            running=open_runs[0] if open_runs else None,
            waiting=max(0, len(open_runs) - 1),
        )

    def _count(self, revision: int) -> tuple[int, _Counted]:
        with self._lock:
            if self._counted is None or self._counted[0] != revision:
                with self._workspace.read() as session:
                    counted = _Counted(
                        totals=samples.totals(session),
                        synthetic=sources.has_origin(session, demo_set.ORIGIN),
                        own=sources.has_others(session, demo_set.ORIGIN),
                    )
                self._counted = (revision, counted)
            return self._counted

    def _count_changed(self, revision: int, run: Run) -> int:
        measured = ranking.figure(run)
        if measured is None:
            return 0
        with self._lock:
            if self._changed is None or self._changed[:2] != (revision, run.id):
                with self._workspace.read() as session:
                    number = sample_predictions.changed_since(session, run.id, measured.split)
                self._changed = (revision, run.id, number)
            return self._changed[2]
