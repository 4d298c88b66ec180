"""What a run has said so far, read from the events in its folder."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.jobs import job_spec, trials


@dataclass(frozen=True, kw_only=True)
class LiveRun:
    """What a run has said so far."""

    epochs: tuple[dict[str, Any], ...]
    batch: dict[str, Any] | None
    """The newest batch event, where it is newer than the newest epoch."""
    messages: tuple[str, ...]
    images: Mapping[str, int]
    """How many images each split has, as soon as the job has counted them."""
    asked: str
    """What it was asked and has not done yet: "stop", "pause" or nothing."""
    estimate: Mapping[str, float | None] | None = None
    """Seconds per epoch and at most, as reckoned before it began."""


class Following:
    """What the job of a folder has said, kept between looks; any thread may look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reader = job_spec.EventReader(folder)
        self._lock = threading.Lock()
        self._epochs: dict[int, dict[str, Any]] = {}
        self._batch: dict[str, Any] | None = None
        self._messages: list[str] = []
        self._images: Mapping[str, int] = {}
        self._estimate: Mapping[str, float | None] | None = None

    def now(self) -> LiveRun:
        """Return what has been said so far; nothing when the job has not begun."""
        asked = [name for name in (job_spec.STOP, job_spec.PAUSE) if (self._folder / name).exists()]
        with self._lock:
            for event in self._reader.fresh():
                self._hear(event)
            return LiveRun(
                epochs=tuple(self._epochs.values()),
                batch=self._batch,
                messages=tuple(self._messages),
                images=self._images,
                asked=asked[0] if asked else "",
                estimate=self._estimate,
            )

    def _hear(self, event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            # A resumed run repeats the epoch that was lost: its last word counts.
            self._epochs[event["epoch"]] = event
            self._batch = None
        elif event["event"] == "batch":
            self._batch = event
        elif event["event"] == "started":
            self._images = dict(event.get("samples", {}))
            self._estimate = event.get("estimate")
        elif event["event"] == "resumed":
            # What the process before it said last is no longer so.
            self._batch = None
        elif event["event"] == "message":
            self._messages.append(str(event["text"]))


def read(folder: Path) -> LiveRun:
    """Return what the job of a folder has said; nothing when it has not begun."""
    return Following(folder).now()


def begun(folder: Path) -> bool:
    """Say whether a job has something to show for itself, be it the fitted head alone."""
    return bool(read(folder).epochs or kept(folder))


def kept(folder: Path) -> str:
    """Return after what a job goes on when it is resumed; empty where nothing is kept yet."""
    epochs = read(folder).epochs
    # A fitted head, epoch 0, is not kept: it takes as long to be read as to be made again.
    if epochs and epochs[-1]["epoch"]:
        return f"epoch {epochs[-1]['epoch']}"
    tried = len(trials.read(folder))
    if tried:
        return f"trial {tried}"
    folds = len(list((folder / job_spec.LAST).glob("trial-0/fold-*.npz")))
    return f"fold {folds} of trial 1" if folds else ""
