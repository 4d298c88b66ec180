"""Where training stands after an epoch, and by what epochs are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.metrics import f1_score
from torch import Tensor
from torch.optim import Optimizer

from core.evaluation import calibration
from core.settings.config import TrainConfig
from core.training.weight_averaging import Left
from core.types import FloatArray, IntArray

UNMEASURED: Mapping[str, None] = {
    "validation_loss": None,
    "macro_f1": None,
    "balanced_accuracy": None,
}
"""The scores of an epoch where there is nothing to measure on."""


@dataclass(kw_only=True)
class Progress:
    """Where training stands after a finished epoch; all that is needed to go on from there."""

    epoch: int
    model: Mapping[str, Tensor]
    optimizer: Mapping[str, Any] | None
    best: Mapping[str, Tensor]
    best_epoch: int
    history: list[dict[str, Any]] = field(default_factory=list)
    """One row of numbers for every finished epoch."""
    stopped: bool = False
    """A person ended it."""
    diverged: int | None = None
    """The epoch in which the loss was no number any more; nothing of it is kept."""
    at_once: int | None = None
    """Most pictures that fitted into memory together, where that was less than a batch."""
    average: Mapping[str, Tensor] | None = None
    """Of this training's last steps."""
    origin: Mapping[str, Tensor] | None = None
    """What every one of several trainings starts from."""
    finished: Mapping[str, Tensor] | None = None
    """The mean of the networks of the trainings that are done."""

    @classmethod
    def first(cls, weights: Mapping[str, Tensor], *rows: dict[str, Any]) -> "Progress":
        """Return the state before the first epoch, with what is known of it already."""
        return cls(
            epoch=0,
            model=weights,
            optimizer=None,
            best=weights,
            best_epoch=0,
            history=list(rows),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return tensors and plain values only."""
        return dict(vars(self))


def begun(progress: Progress, config: TrainConfig) -> Progress:
    """Return the state that a training begins with: the first one, or a further one."""
    if config.trainings == 1 or not config.begins(progress.epoch + 1):
        return progress
    origin = progress.origin or progress.model
    return replace(progress, model=origin, origin=origin, optimizer=None, average=None)


def after(progress: Progress, row: dict[str, Any], left: Left, optimizer: Optimizer) -> Progress:
    """Return the state after an epoch of these numbers, of which this is left."""
    improved = better(row, progress)
    return replace(
        progress,
        epoch=row["epoch"],
        model=left.live,
        optimizer=optimizer.state_dict(),
        average=left.average,
        best=left.kept if improved else progress.best,
        best_epoch=row["epoch"] if improved else progress.best_epoch,
        history=[*progress.history, {**row, "best": improved}],
    )


def hoped(progress: Progress, config: TrainConfig) -> int:
    """Return the epoch from which on nothing has become better; each training has its chance."""
    start = progress.epoch // config.epochs * config.epochs
    return max(progress.best_epoch, start)


def better(row: Mapping[str, Any], progress: Progress) -> bool:
    """Return whether a new row beats the best epoch so far.

    Higher macro-F1 wins; among equals the smaller loss. Without validation the last wins.
    """
    best = next((r for r in progress.history if r["epoch"] == progress.best_epoch), None)
    if best is None or row["macro_f1"] is None:
        return True
    return bool(
        (row["macro_f1"], -row["validation_loss"]) > (best["macro_f1"], -best["validation_loss"])
    )


def scores(shares: FloatArray, labels: IntArray) -> dict[str, float | None]:
    """Return log loss, macro-F1 and balanced accuracy over the classes among the labels.

    All are None where there is nothing to measure on.
    """
    if not len(labels):
        return dict(UNMEASURED)
    top = shares.argmax(axis=1)
    present = np.unique(labels)
    recalls = [float((top[labels == column] == column).mean()) for column in present]
    return {
        "validation_loss": calibration.log_loss(shares, labels),
        "macro_f1": float(f1_score(labels, top, labels=present, average="macro", zero_division=0)),
        "balanced_accuracy": float(np.mean(recalls)),
    }
