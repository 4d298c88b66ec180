"""Which weights of a network learn, and how fast: timm's optimizers and its cosine schedule."""

from collections.abc import Sequence
from typing import Any

import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from torch import nn

from core.models import network_stages
from core.models.network_stages import Stage
from core.models.networks import Network
from core.settings.config import TrainConfig

_FIRST_STEP = 0.1
"""Share of a warm-up epoch's climb with which the first step is taken."""


def set_train_mode(network: Network, config: TrainConfig) -> None:
    """Switch to training mode; what must not change is left in evaluation mode.

    Pretrained BatchNorm statistics stay as they are: a few hundred images would spoil them.
    """
    network.module.train()
    stages = network_stages.parts(network.module)
    for stage in stages[: _frozen(stages, config)]:
        for name in stage.modules:
            network.module.get_submodule(name).eval()
    if network.pretrained:
        for layer in network.module.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()


def _frozen(stages: Sequence[Stage], config: TrainConfig) -> int:
    """Return how many of the first stages keep their weights: the classifier always learns."""
    return min(config.frozen_stages, len(stages) - 1)


def create_optimizer(module: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return timm's optimizer with layer decay per stage; frozen stages are in no group."""
    optimizer: torch.optim.Optimizer = create_optimizer_v2(
        module,
        opt=config.optimizer,
        lr=config.learning_rate,
        param_group_fn=lambda network: layer_decay_groups(network, config),
        # One pass over all weights instead of a dozen small operations for each.
        fused=True,
    )
    return optimizer


def layer_decay_groups(module: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """Return parameter groups whose `lr_scale` falls by `layer_decay` with each earlier stage.

    As `timm.optim.param_groups_layer_decay`, but by the stages that can be frozen, which timm
    counts block by block. Scales and offsets (one dimension) have no weight decay.
    """
    stages = network_stages.parts(module)
    frozen = _frozen(stages, config)
    groups: list[dict[str, Any]] = []
    for number, stage in enumerate(stages):
        parameters = network_stages.parameters(module, stage)
        for parameter in parameters:
            parameter.requires_grad_(number >= frozen)
        scale = config.layer_decay ** (len(stages) - 1 - number)
        for matrices in (True, False):
            own = [p for p in parameters if p.requires_grad and (p.ndim > 1) is matrices]
            decay = config.weight_decay if matrices else 0.0
            if own:
                groups.append({"params": own, "lr_scale": scale, "weight_decay": decay})
    return groups


def create_scheduler(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps_per_epoch: int
) -> CosineLRScheduler:
    """Return timm's cosine schedule with linear warm-up; it is updated before every step.

    Created before the optimizer's state is loaded: the highest rates are those of a new one.
    """
    warmup = round(config.warmup_epochs * steps_per_epoch)
    first = config.learning_rate * min(1.0, _FIRST_STEP / config.warmup_epochs) if warmup else 0.0
    return CosineLRScheduler(
        optimizer,
        t_initial=max(1, config.epochs * steps_per_epoch),
        warmup_t=warmup,
        warmup_lr_init=first,
        t_in_epochs=False,
    )
