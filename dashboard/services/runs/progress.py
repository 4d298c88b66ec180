"""How far a run is, read from the events in its folder."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.jobs import job_spec, trials
from core.profiling.estimate import Estimate
from core.types import Run

TRAINING = "Training"
"""The stage of `core.jobs.reporter`'s batch events that belongs to an epoch."""


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """The figures of a finished epoch."""

    number: int
    """0: the head that is fitted before the first."""
    total: int
    """Epochs planned, of all trainings together."""
    train_loss: float | None = None
    validation_loss: float | None = None
    macro_f1: float | None = None
    """Of validation, 0 to 1."""
    balanced_accuracy: float | None = None
    best: bool = False
    """It was the best of those up to it: its weights are kept."""
    images_per_second: float | None = None
    seconds_left: float | None = None
    """At most, if all epochs are needed."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """The step at work: how many of its images are done."""

    stage: str = TRAINING
    epoch: int = 0
    done: int = 0
    total: int = 0
    images_per_second: float | None = None
    seconds_left: float | None = None

    @property
    def share(self) -> float:
        """How much of the step is done, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class LiveRun:
    """A run as its events describe it so far."""

    epochs: tuple[Epoch, ...] = ()
    step: Step | None = None
    """The newest step, where it is newer than the newest epoch."""
    messages: tuple[str, ...] = ()
    images: Mapping[str, int] = field(default_factory=dict)
    """Images of each split, as soon as the job has counted them."""
    requested: str = ""
    """What a person has asked it for and it has not done yet: "stop", "pause" or nothing."""
    estimate: Estimate | None = None
    """Made before the run began."""

    @property
    def epochs_done(self) -> int:
        """Finished epochs; the fitted head, number 0, is none."""
        return max((epoch.number for epoch in self.epochs), default=0)

    @property
    def latest(self) -> Step | Epoch | None:
        """What was reported last: the step at work, or the newest epoch."""
        return self.step or (self.epochs[-1] if self.epochs else None)

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at most; before the first report, those of the estimate."""
        if self.latest is not None:
            return self.latest.seconds_left
        return None if self.estimate is None else self.estimate.seconds_at_most


class Following:
    """Reads the events of one job, each once, and keeps what follows from them; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reader = job_spec.EventReader(folder)
        self._lock = threading.Lock()
        self._epochs: dict[int, Epoch] = {}
        self._step: Step | None = None
        self._messages: list[str] = []
        self._images: Mapping[str, int] = {}
        self._estimate: Estimate | None = None

    def now(self) -> LiveRun:
        """Return the run as it is now; an empty one when the job has not begun."""
        requests = [
            name for name in (job_spec.STOP, job_spec.PAUSE) if (self._folder / name).exists()
        ]
        with self._lock:
            for event in self._reader.fresh():
                self._take_in(event)
            return LiveRun(
                epochs=tuple(self._epochs.values()),
                step=self._step,
                messages=tuple(self._messages),
                images=self._images,
                requested=requests[0] if requests else "",
                estimate=self._estimate,
            )

    def _take_in(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "epoch":
            # A resumed run repeats the epoch that was lost: the later one counts.
            self._epochs[event["epoch"]] = _epoch(event)
            self._step = None
        elif event["event"] == "batch":
            self._step = Step(**_fields(event, Step))
        elif event["event"] == "started":
            self._images = dict(event.get("samples", {}))
            expected = event.get("estimate")
            self._estimate = None if expected is None else Estimate(**expected)
        elif event["event"] == "resumed":
            # Of the process before it; no longer so.
            self._step = None
        elif event["event"] == "message":
            self._messages.append(str(event["text"]))


def _epoch(event: Mapping[str, Any]) -> Epoch:
    total = int(event.get("epochs", 0))
    return Epoch(number=int(event["epoch"]), total=total, **_fields(event, Epoch))


def _fields(event: Mapping[str, Any], kind: type[Epoch | Step]) -> dict[str, Any]:
    return {name: event[name] for name in kind.__dataclass_fields__ if name in event}


def read(folder: Path) -> LiveRun:
    """Return the run of a folder as it is now; an empty one when its job has not begun."""
    return Following(folder).now()


def begun(folder: Path) -> bool:
    """Return whether a job has something to show for itself, be it the fitted head alone."""
    return bool(read(folder).epochs or kept(folder))


def kept(folder: Path) -> str:
    """Return after what a job goes on when it is resumed; empty where nothing is kept yet."""
    # A fitted head, epoch 0, is not kept: it takes as long to be read as to be made again.
    done = read(folder).epochs
    if done and done[-1].number:
        return f"epoch {done[-1].number}"
    tried = len(trials.read(folder))
    if tried:
        return f"trial {tried}"
    folds = len(list((folder / job_spec.LAST).glob("trial-0/fold-*.npz")))
    return f"fold {folds} of trial 1" if folds else ""


def planned(run: Run, live: LiveRun) -> int:
    """Return how many epochs a run may last at most; 0 for one that trains on folds alone."""
    # A search trains on folds: none of its epochs is measured.
    if run.config.get("search"):
        return 0
    return (live.epochs[-1].total if live.epochs else 0) or run.all_epochs


def share_done(run: Run, live: LiveRun) -> float:
    """Return how much of the planned training, or of a step around it, is done, 0 to 1."""
    step, total = live.step, planned(run, live)
    part = 0.0 if step is None else step.share
    if not total or (step is not None and step.stage != TRAINING):
        return part
    begun = step is not None and step.epoch > live.epochs_done
    return min((live.epochs_done + (part if begun else 0.0)) / total, 1.0)
