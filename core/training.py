"""The training loop: a function that returns data; progress is a callback."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from sklearn.metrics import f1_score
from torch import Tensor, nn

from core import averaging, calibration, datasets, inference, learning
from core.averaging import Left, StepAverage
from core.config import Hardware, TrainConfig
from core.datasets import Examples, Recipe
from core.inference import Sight
from core.model import Network
from core.steps import Stepper
from core.team import ALONE, Team
from core.types import CancelCheck, FloatArray, IntArray

BatchCallback = Callable[[int, int, int, float], None]
"""(epoch, images done, images in all, images per second)"""


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


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Whom the loop tells what, and whom it asks."""

    epoch: Callable[[Progress], None]
    """Hears of every finished epoch; saves it."""
    batch: BatchCallback = lambda epoch, done, total, rate: None
    stop: CancelCheck = lambda: False
    say: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a network is trained with."""

    train: Examples
    validation: Examples
    recipe: Recipe
    config: TrainConfig
    hardware: Hardware
    team: Team = ALONE
    at_once: int | None = None
    """Most pictures that may go through the network together, where a person has said so."""


def snapshot(module: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the weights on the processor; `state_dict()` would go on changing."""
    return {
        name: tensor.detach().to("cpu", copy=True) for name, tensor in module.state_dict().items()
    }


def fit(network: Network, material: Material, start: Progress, listener: Listener) -> Progress:
    """Train from `start` on and return the last state, with the best epoch's weights in it.

    Ends after the last epoch, when validation macro-F1 has not risen for `patience` epochs of a
    training, when asked to stop, or when the loss is no number any more. All processes of a team
    call it with the same `start`; what the first one measures and is asked counts.
    """
    config, team = material.config, material.team
    progress, stepper = start, None
    for epoch in range(start.epoch + 1, config.all_epochs + 1):
        if progress.history and epoch - _hoped(progress, config) > config.patience:
            break
        if stepper is None or config.begins(epoch):
            progress = _begun(progress, config)
            stepper = _stepper(network, material, progress, listener)
        row, left = _row(network, material, stepper, progress, listener)
        row = team.tell(row)
        if row is None or left is None:
            return replace(progress, stopped=True)
        if not all(math.isfinite(row[key] or 0.0) for key in ("train_loss", "validation_loss")):
            return replace(progress, diverged=epoch)
        progress = _after(progress, row, left, stepper.optimizer)
        progress.at_once = stepper.at_once
        if config.trainings > 1 and config.begins(epoch + 1):
            progress.finished = left.kept
        listener.epoch(progress)
    return progress


def _hoped(progress: Progress, config: TrainConfig) -> int:
    """Return the epoch from which on nothing has become better; each training has its chance."""
    begun = progress.epoch // config.epochs * config.epochs
    return max(progress.best_epoch, begun)


def _begun(progress: Progress, config: TrainConfig) -> Progress:
    """Return the state that a training begins with: the first one, or a further one."""
    if config.trainings == 1 or not config.begins(progress.epoch + 1):
        return progress
    origin = progress.origin or progress.model
    return replace(progress, model=origin, origin=origin, optimizer=None, average=None)


def _stepper(
    network: Network, material: Material, progress: Progress, listener: Listener
) -> Stepper:
    config, module = material.config, network.module
    module.load_state_dict(dict(progress.model))
    optimizer = learning.optimizer_for(module, config)
    if progress.optimizer is not None:
        optimizer.load_state_dict(dict(progress.optimizer))
    stepper = Stepper(network, optimizer, material.hardware, material.team, listener.say)
    stepper.at_once = min(filter(None, (progress.at_once, material.at_once)), default=None)
    if config.averaged:
        steps = datasets.showings(material.train.labels, material.recipe) / config.batch_size
        stepper.average = StepAverage(module, config.averaged * steps, progress.average)
    return stepper


def _row(
    network: Network,
    material: Material,
    stepper: Stepper,
    progress: Progress,
    listener: Listener,
) -> tuple[dict[str, Any] | None, Left | None]:
    """Train for an epoch; return its numbers and what it leaves, nothing when asked to stop."""
    began, epoch = time.perf_counter(), progress.epoch + 1
    loss, shown = _one_epoch(network, material, stepper, epoch, listener)
    if loss is None:
        return None, None
    seconds = time.perf_counter() - began
    trainings = progress.epoch // material.config.epochs
    left = averaging.after_epoch(
        snapshot(network.module), stepper.average, progress.finished, trainings
    )
    usable = math.isfinite(loss)
    row = {
        "epoch": epoch,
        "train_loss": loss,
        **(_measured(network, material, left) if usable else {"validation_loss": None}),
        "images_per_second": round(shown / seconds, 2),
        "training_seconds": round(seconds, 3),
        "seconds": round(time.perf_counter() - began, 3),
    }
    return row, left


def _measured(network: Network, material: Material, left: Left) -> dict[str, float | None]:
    """Measure the network that an epoch stands for; training goes on from where it was."""
    network.module.load_state_dict(dict(left.kept))
    found = measure(network, material)
    network.module.load_state_dict(dict(left.live))
    return found


def _one_epoch(
    network: Network,
    material: Material,
    stepper: Stepper,
    epoch: int,
    listener: Listener,
) -> tuple[float | None, int]:
    """Return (mean training loss, pictures shown).

    The loss is None when asked to stop, and no number as soon as that of one step is none.
    """
    config, team = material.config, material.team
    # Dropout differs from device to device; on one device nothing is added.
    torch.manual_seed(config.seed * 100_003 + epoch + (team.rank << 40))
    learning.training_mode(network, config)
    plan = material.recipe.plan
    weights = np.array([plan.weights[key] for key in material.recipe.classes], dtype=np.float64)
    total = datasets.showings(material.train.labels, material.recipe)
    began, done, losses = time.perf_counter(), 0, 0.0
    for batch in datasets.training_batches(material.train, material.recipe, epoch, team):
        if team.any(listener.stop()):
            return None, done
        for group in stepper.optimizer.param_groups:
            passed = (epoch - 1) % config.epochs + done / total
            group["lr"] = group["peak"] * learning.rate(config, passed)
        loss = stepper.step(batch, weights, config.label_smoothing)
        if not math.isfinite(loss):
            return loss, done
        done += len(batch.whole)
        losses += loss * len(batch.whole)
        listener.batch(epoch, done, total, done / (time.perf_counter() - began))
    return losses / max(1, done), done


def diverged(epoch: int) -> str:
    """Return the sentence for a loss that is no number any more."""
    return f"The training loss stopped being a number in epoch {epoch}."


def measure(network: Network, material: Material) -> dict[str, float | None]:
    """Return validation loss, macro-F1 and balanced accuracy over the classes that are there."""
    if not len(material.validation):
        return scores(np.zeros((0, len(material.recipe.classes))), material.validation.labels)
    config = material.config
    sight = Sight.of(config, material.hardware, config.measured_views)
    seen = inference.output(network, material.validation.stored, sight)
    return scores(inference.probabilities(seen.logits, 1.0), material.validation.labels)


def scores(shares: FloatArray, labels: IntArray) -> dict[str, float | None]:
    """Return log loss, macro-F1 and balanced accuracy over the classes among the labels.

    All are None where there is nothing to measure on.
    """
    if not len(labels):
        return {"validation_loss": None, "macro_f1": None, "balanced_accuracy": None}
    top = shares.argmax(axis=1)
    present = np.unique(labels)
    recalls = [float((top[labels == column] == column).mean()) for column in present]
    return {
        "validation_loss": calibration.log_loss(shares, labels),
        "macro_f1": float(f1_score(labels, top, labels=present, average="macro", zero_division=0)),
        "balanced_accuracy": float(np.mean(recalls)),
    }


def _after(
    progress: Progress, row: dict[str, Any], left: Left, optimizer: torch.optim.Optimizer
) -> Progress:
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
