"""The training loop: a function that returns data; progress is a callback."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.data import batches
from core.data.batches import Examples, Recipe
from core.devices.process_group import ALONE, Team
from core.models import inference
from core.models.inference import Sight
from core.models.networks import Network
from core.settings.config import Hardware, TrainConfig
from core.training import epoch_progress, optimizers, weight_averaging
from core.training.epoch_progress import Progress
from core.training.step import Stepper
from core.training.weight_averaging import Left, StepAverage
from core.types import CancelCheck

BatchCallback = Callable[[int, int, int, float], None]
"""(epoch, images done, images in all, images per second)"""


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
        if progress.history and epoch - epoch_progress.hoped(progress, config) > config.patience:
            break
        if stepper is None or config.begins(epoch):
            progress = epoch_progress.begun(progress, config)
            stepper = _stepper(network, material, progress, listener)
        row, left = _row(network, material, stepper, progress, listener)
        row = team.tell(row)
        if row is None or left is None:
            return replace(progress, stopped=True)
        if not all(math.isfinite(row[key] or 0.0) for key in ("train_loss", "validation_loss")):
            return replace(progress, diverged=epoch)
        progress = epoch_progress.after(progress, row, left, stepper.optimizer)
        progress.at_once = stepper.at_once
        if config.trainings > 1 and config.begins(epoch + 1):
            progress.finished = left.kept
        listener.epoch(progress)
    return progress


def _stepper(
    network: Network, material: Material, progress: Progress, listener: Listener
) -> Stepper:
    config, module = material.config, network.module
    module.load_state_dict(dict(progress.model))
    optimizer = optimizers.optimizer_for(module, config)
    if progress.optimizer is not None:
        optimizer.load_state_dict(dict(progress.optimizer))
    stepper = Stepper(network, optimizer, material.hardware, material.team, listener.say)
    stepper.at_once = min(filter(None, (progress.at_once, material.at_once)), default=None)
    if config.ema_epochs:
        steps = batches.showings(material.train.labels, material.recipe) / config.batch_size
        stepper.average = StepAverage(module, config.ema_epochs * steps, progress.average)
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
    left = weight_averaging.after_epoch(
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
    optimizers.training_mode(network, config)
    plan = material.recipe.plan
    weights = np.array([plan.weights[key] for key in material.recipe.classes], dtype=np.float64)
    total = batches.showings(material.train.labels, material.recipe)
    began, done, losses = time.perf_counter(), 0, 0.0
    for batch in batches.training_batches(material.train, material.recipe, epoch, team):
        if team.any(listener.stop()):
            return None, done
        for group in stepper.optimizer.param_groups:
            passed = (epoch - 1) % config.epochs + done / total
            group["lr"] = group["peak"] * optimizers.rate(config, passed)
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
        return dict(epoch_progress.UNMEASURED)
    config = material.config
    sight = Sight.of(config, material.hardware, config.measured_views)
    seen = inference.output(network, material.validation.stored, sight)
    return epoch_progress.scores(
        inference.probabilities(seen.logits, 1.0), material.validation.labels
    )
