"""The state of training after an epoch, and how epochs are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.metrics import f1_score
from torch import Tensor
from torch.optim import Optimizer

from core.evaluation import calibration
from core.settings.config import TrainConfig
from core.training.ema import EpochWeights
from core.types import IntArray, Probabilities

UNMEASURED: Mapping[str, None] = {
    "validation_loss": None,
    "macro_f1": None,
    "balanced_accuracy": None,
}
"""The scores of an epoch without validation images."""


@dataclass(kw_only=True)
class TrainingState:
    """The state after a finished epoch: all that is needed to resume."""

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
    """The epoch in which the loss became NaN or infinite; nothing of it is kept."""
    micro_batch: int | None = None
    """Most images that fitted into memory together, where that was less than a batch."""
    ema: Mapping[str, Tensor] | None = None
    """Exponential moving average over this training's last steps."""
    initial: Mapping[str, Tensor] | None = None
    """The weights that each of several trainings starts from."""
    soup: Mapping[str, Tensor] | None = None
    """The mean of the networks of the finished trainings."""

    @classmethod
    def first(cls, weights: Mapping[str, Tensor], *rows: dict[str, Any]) -> "TrainingState":
        """Return the state before the first epoch, with the rows that are known already."""
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


def start_training(state: TrainingState, config: TrainConfig) -> TrainingState:
    """Return the state that a training starts from: each of several from the same weights."""
    if config.trainings == 1 or not config.begins(state.epoch + 1):
        return state
    initial = state.initial or state.model
    return replace(state, model=initial, initial=initial, optimizer=None, ema=None)


def after_epoch(
    state: TrainingState, row: dict[str, Any], weights: EpochWeights, optimizer: Optimizer
) -> TrainingState:
    """Return the state after an epoch with these numbers and weights."""
    improved = is_better(row, state)
    return replace(
        state,
        epoch=row["epoch"],
        model=weights.live,
        optimizer=optimizer.state_dict(),
        ema=weights.ema,
        best=weights.evaluated if improved else state.best,
        best_epoch=row["epoch"] if improved else state.best_epoch,
        history=[*state.history, {**row, "best": improved}],
    )


def patience_start(state: TrainingState, config: TrainConfig) -> int:
    """Return the epoch from which patience counts: the best, or the start of this training."""
    start = state.epoch // config.epochs * config.epochs
    return max(state.best_epoch, start)


def is_better(row: Mapping[str, Any], state: TrainingState) -> bool:
    """Return whether an epoch's row beats the best epoch so far.

    Higher macro-F1 wins; among equals the smaller loss. Without validation the last wins.
    """
    best = next((r for r in state.history if r["epoch"] == state.best_epoch), None)
    if best is None or row["macro_f1"] is None:
        return True
    return bool(
        (row["macro_f1"], -row["validation_loss"]) > (best["macro_f1"], -best["validation_loss"])
    )


def scores(probabilities: Probabilities, labels: IntArray) -> dict[str, float | None]:
    """Return log loss, macro-F1 and balanced accuracy over the classes among the labels.

    `probabilities` (N, K), `labels` (N,) columns. All scores are None without images.
    """
    if not len(labels):
        return dict(UNMEASURED)
    top = probabilities.argmax(axis=1)
    present = np.unique(labels)
    recalls = [float((top[labels == column] == column).mean()) for column in present]
    return {
        "validation_loss": calibration.log_loss(probabilities, labels),
        "macro_f1": float(f1_score(labels, top, labels=present, average="macro", zero_division=0)),
        "balanced_accuracy": float(np.mean(recalls)),
    }
