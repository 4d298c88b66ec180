"""The run that matters now: the one at work, else the next one that waits, else the last begun."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Run, RunStatus
from dashboard.services.runs.progress import LiveRun
from dashboard.services.runs.trainer import Trainer


@dataclass(frozen=True, kw_only=True)
class Current:
    """A run, how far it is, and which runs start after it."""

    run: Run | None
    """None: there is no run yet."""
    live: LiveRun
    waiting: tuple[Run, ...]
    """In the order in which they will start."""
    stamp: str
    """Differs as soon as anything but the time left has changed in any run."""

    @property
    def nothing_to_keep(self) -> bool:
        """Whether stopping the run now would leave no model and no trial."""
        running = self.run is not None and self.run.status is RunStatus.RUNNING
        return running and not self.live.epochs


def read(trainer: Trainer) -> Current:
    """Return the run that matters now."""
    listed = trainer.runs(hidden=True)
    shown = sorted((run for run in listed if not run.hidden), key=lambda run: -run.number)
    waiting = sorted(
        (run for run in shown if run.status is RunStatus.QUEUED), key=lambda run: run.place
    )
    running = [run for run in shown if run.status is RunStatus.RUNNING]
    run = next(iter((*running, *waiting, *sorted(shown, key=_begun, reverse=True))), None)
    live = LiveRun() if run is None else trainer.live(run)
    return Current(
        run=run,
        live=live,
        waiting=tuple(other for other in waiting if run is None or other.id != run.id),
        stamp=_stamp(listed, live),
    )


def _begun(run: Run) -> tuple[float, int]:
    """Return when a run was started last; what never began comes before everything."""
    return (0.0 if run.started is None else run.started.timestamp(), run.number)


def _stamp(listed: Sequence[Run], live: LiveRun) -> str:
    states = [
        (run.id, run.status, run.place, run.active, run.hidden, run.test_opened, run.message)
        for run in listed
    ]
    stage = "" if live.step is None else live.step.stage
    told = (len(live.epochs), len(live.messages), stage, live.requested)
    return hashlib.blake2b(repr((states, told)).encode(), digest_size=8).hexdigest()
