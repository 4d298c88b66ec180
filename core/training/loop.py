"""The training loop: a function that returns data; progress is a callback."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from timm.scheduler import CosineLRScheduler

from core.data import batches
from core.data.batches import LabelledImages, LoaderConfig
from core.devices.process_group import SINGLE_PROCESS, ProcessGroup
from core.models import inference, torch_inference
from core.models.inference import InferenceConfig
from core.models.networks import Network
from core.settings.config import Hardware, TrainConfig
from core.training import ema, optimization, training_state
from core.training.ema import EpochWeights
from core.training.step import TrainStep
from core.training.training_state import TrainingState
from core.types import CancelCheck

BatchCallback = Callable[[int, int, int, float], None]
"""(epoch, images done, images in all, images per second)"""


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """What the loop calls while it trains."""

    on_epoch_end: Callable[[TrainingState], None] = lambda state: None
    """Receives the state after every finished epoch; saves it."""
    on_batch_end: BatchCallback = lambda epoch, done, total, rate: None
    should_stop: CancelCheck = lambda: False
    """Asked before every step."""
    on_message: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, kw_only=True)
class TrainingSetup:
    """The data, the settings and the machine of one training."""

    train: LabelledImages
    validation: LabelledImages
    loader: LoaderConfig
    config: TrainConfig
    hardware: Hardware
    group: ProcessGroup = SINGLE_PROCESS
    micro_batch: int | None = None
    """Most images in one forward and backward pass, where a person has limited it."""


@dataclass(frozen=True, kw_only=True)
class _Stepping:
    """What takes the steps of one training."""

    step: TrainStep
    scheduler: CosineLRScheduler
    steps_per_epoch: int


def fit(
    network: Network, setup: TrainingSetup, start: TrainingState, callbacks: Callbacks
) -> TrainingState:
    """Train from `start` on and return the last state, with the best epoch's weights in it.

    Ends after the last epoch, when validation macro-F1 has not risen for `patience` epochs of a
    training, when asked to stop, or when the loss is NaN or infinite. All processes of a group
    call it with the same `start`; the measurements and the stop of the first one count.
    """
    config = setup.config
    state, stepping = start, None
    for epoch in range(start.epoch + 1, config.all_epochs + 1):
        waited = epoch - training_state.patience_start(state, config)
        if state.history and waited > config.patience:
            break
        if stepping is None or config.begins(epoch):
            state = training_state.start_training(state, config)
            stepping = _stepping(network, setup, state, callbacks)
        row, weights = _train_and_validate(network, setup, stepping, state, callbacks)
        row = setup.group.broadcast(row)
        if row is None or weights is None:
            return replace(state, stopped=True)
        if not all(math.isfinite(row[key] or 0.0) for key in ("train_loss", "validation_loss")):
            return replace(state, diverged=epoch)
        step = stepping.step
        state = training_state.after_epoch(state, row, weights, step.optimizer)
        state.micro_batch = step.micro_batch
        if config.trainings > 1 and config.begins(epoch + 1):
            state.soup = weights.evaluated
        callbacks.on_epoch_end(state)
    return state


def _stepping(
    network: Network, setup: TrainingSetup, state: TrainingState, callbacks: Callbacks
) -> _Stepping:
    """Return a network's optimizer, schedule and EMA in a given state; loads its weights."""
    config, module = setup.config, network.module
    module.load_state_dict(dict(state.model))
    optimizer = optimization.create_optimizer(module, config)
    steps = batches.batches_per_epoch(setup.train.labels, setup.loader, setup.group)
    scheduler = optimization.create_scheduler(optimizer, config, steps)
    if state.optimizer is not None:
        optimizer.load_state_dict(dict(state.optimizer))
    step = TrainStep(network, optimizer, setup.hardware, setup.group, callbacks.on_message)
    step.micro_batch = min(filter(None, (state.micro_batch, setup.micro_batch)), default=None)
    if config.ema_epochs:
        images = batches.images_per_epoch(setup.train.labels, setup.loader)
        window = config.ema_epochs * images / config.batch_size
        step.ema = ema.create_ema(module, window, state.ema)
    return _Stepping(step=step, scheduler=scheduler, steps_per_epoch=steps)


def _train_and_validate(
    network: Network,
    setup: TrainingSetup,
    stepping: _Stepping,
    state: TrainingState,
    callbacks: Callbacks,
) -> tuple[dict[str, Any] | None, EpochWeights | None]:
    """Train for an epoch; return its numbers and weights, (None, None) when asked to stop."""
    began, epoch = time.perf_counter(), state.epoch + 1
    loss, images = _train_epoch(network, setup, stepping, epoch, callbacks)
    if loss is None:
        return None, None
    seconds = time.perf_counter() - began
    trainings = state.epoch // setup.config.epochs
    weights = ema.after_epoch(network.module, stepping.step.ema, state.soup, trainings)
    finite = math.isfinite(loss)
    row = {
        "epoch": epoch,
        "train_loss": loss,
        **(_validate(network, setup, weights) if finite else {"validation_loss": None}),
        "images_per_second": round(images / seconds, 2),
        "training_seconds": round(seconds, 3),
        "seconds": round(time.perf_counter() - began, 3),
    }
    return row, weights


def _validate(
    network: Network, setup: TrainingSetup, weights: EpochWeights
) -> dict[str, float | None]:
    """Measure an epoch's evaluated weights, then put the live ones back."""
    network.module.load_state_dict(dict(weights.evaluated))
    scores = evaluate(network, setup)
    network.module.load_state_dict(dict(weights.live))
    return scores


def _train_epoch(
    network: Network,
    setup: TrainingSetup,
    stepping: _Stepping,
    epoch: int,
    callbacks: Callbacks,
) -> tuple[float | None, int]:
    """Return (mean training loss, images).

    The loss is None when asked to stop, and NaN or infinite as soon as that of one step is.
    """
    config, group = setup.config, setup.group
    # Dropout differs from device to device; on one device nothing is added.
    torch.manual_seed(config.seed * 100_003 + epoch + (group.rank << 40))
    optimization.set_train_mode(network, config)
    plan = setup.loader.plan
    class_weights = np.array([plan.weights[key] for key in setup.loader.classes], dtype=np.float64)
    total = batches.images_per_epoch(setup.train.labels, setup.loader)
    first = (epoch - 1) % config.epochs * stepping.steps_per_epoch
    began, done, losses = time.perf_counter(), 0, 0.0
    loader = batches.training_batches(setup.train, setup.loader, epoch, group)
    for number, batch in enumerate(loader, start=first):
        if group.any(callbacks.should_stop()):
            return None, done
        stepping.scheduler.step_update(number)
        loss = stepping.step(batch, class_weights, config.label_smoothing)
        if not math.isfinite(loss):
            return loss, done
        done += len(batch.all_targets)
        losses += loss * len(batch.all_targets)
        callbacks.on_batch_end(epoch, done, total, done / (time.perf_counter() - began))
    return losses / max(1, done), done


def divergence_message(epoch: int) -> str:
    """Return the sentence for a loss that became NaN or infinite."""
    return f"The training loss stopped being a number in epoch {epoch}."


def evaluate(network: Network, setup: TrainingSetup) -> dict[str, float | None]:
    """Return validation loss, macro-F1 and balanced accuracy over the classes that are there."""
    if not len(setup.validation):
        return dict(training_state.UNMEASURED)
    config = setup.config
    how = InferenceConfig.of_run(config, setup.hardware, config.measured_views)
    output = torch_inference.forward(network, setup.validation.stored, how)
    return training_state.scores(
        inference.probabilities(output.logits, 1.0), setup.validation.labels
    )
