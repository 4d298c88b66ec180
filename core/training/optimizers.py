"""Which weights of a network learn, and how fast."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from core.models import network_stages
from core.models.network_stages import Stage
from core.models.networks import Network
from core.settings.config import TrainConfig


def training_mode(network: Network, config: TrainConfig) -> None:
    """Switch to training; what must not move is left in evaluation mode.

    Pretrained BatchNorm statistics stay as they are: a few hundred pictures would spoil them.
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


def optimizer_for(module: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return an optimizer in which every stage learns at its own rate; frozen ones at none."""
    stages = network_stages.parts(module)
    groups: list[dict[str, Any]] = []
    for number, stage in enumerate(stages):
        learns = number >= _frozen(stages, config)
        found = network_stages.parameters(module, stage)
        for parameter in found:
            parameter.requires_grad_(learns)
        rate = config.learning_rate * config.layer_decay ** (len(stages) - 1 - number)
        # Scales and offsets (one dimension) are not pulled towards zero.
        for matrices in (True, False):
            own = [p for p in found if learns and (p.ndim > 1) is matrices]
            decay = config.weight_decay if matrices else 0.0
            if own:
                groups.append({"params": own, "lr": rate, "peak": rate, "weight_decay": decay})
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    # One pass over all weights instead of a dozen small operations for each.
    return kind(groups, fused=True)


def rate(config: TrainConfig, epochs_done: float) -> float:
    """Return the share of the highest learning rate: a climb, then half a cosine to zero."""
    climb = min(1.0, (epochs_done + 0.1) / config.warmup_epochs) if config.warmup_epochs else 1.0
    return climb * 0.5 * (1 + math.cos(math.pi * min(1.0, epochs_done / config.epochs)))
