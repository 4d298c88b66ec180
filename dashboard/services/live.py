"""What a run has said so far, read from the events in its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import job, trials


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


def read(folder: Path) -> LiveRun:
    """Return what the job of a folder has said; nothing when it has not begun."""
    epochs: dict[int, dict[str, Any]] = {}
    batch, messages, images, estimate = None, [], {}, None
    for event in job.events(folder):
        if event["event"] == "epoch":
            # A resumed run repeats the epoch that was lost: its last word counts.
            epochs[event["epoch"]] = event
            batch = None
        elif event["event"] == "batch":
            batch = event
        elif event["event"] == "started":
            images, estimate = dict(event.get("samples", {})), event.get("estimate")
        elif event["event"] == "resumed":
            # What the process before it said last is no longer so.
            batch = None
        elif event["event"] == "message":
            messages.append(str(event["text"]))
    asked = [name for name in (job.STOP, job.PAUSE) if (folder / name).exists()]
    return LiveRun(
        epochs=tuple(epochs.values()),
        batch=batch,
        messages=tuple(messages),
        images=images,
        asked=asked[0] if asked else "",
        estimate=estimate,
    )


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
    folds = len(list((folder / job.LAST).glob("trial-0/fold-*.npz")))
    return f"fold {folds} of trial 1" if folds else ""
