"""Averages of weights: over the last steps of a training, and over several trainings.

One network comes out, as costly to use as any other. Networks that start from the same weights
lie close enough together for that (model soups, Wortsman et al. 2022).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from timm.utils import ModelEmaV3
from torch import Tensor, nn

Weights = Mapping[str, Tensor]
"""A state dict."""


def cpu_state_dict(module: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the weights on the processor; `state_dict()` aliases the live ones."""
    return {
        name: tensor.detach().to("cpu", copy=True) for name, tensor in module.state_dict().items()
    }


def create_ema(module: nn.Module, steps: float, start: Weights | None = None) -> ModelEmaV3:
    """Return the exponential moving average of a network's weights over about `steps` steps.

    `start`: the weights of an earlier average to continue; None: begin with the network's.
    """
    ema = ModelEmaV3(module, decay=1 - 1 / max(1.0, steps))
    if start is not None:
        ema.module.load_state_dict(dict(start))
    return ema


def interpolate(first: Weights, second: Weights, share: float) -> dict[str, Tensor]:
    """Return `share` of the second weights and the rest of the first ones."""
    return {
        name: torch.lerp(tensor, second[name], share)
        if tensor.is_floating_point()
        else second[name].clone()
        for name, tensor in first.items()
    }


@dataclass(frozen=True, kw_only=True)
class EpochWeights:
    """The weights after an epoch."""

    live: Weights
    """Training continues from these."""
    ema: Weights | None
    """Average over the last steps, where the settings ask for it."""
    evaluated: Weights
    """The network that is measured, and kept if it is the best."""


def after_epoch(
    module: nn.Module, ema: ModelEmaV3 | None, soup: Weights | None, trainings: int
) -> EpochWeights:
    """Return copies of the weights after an epoch.

    `soup` is the mean of the `trainings` that are finished; None: there is none yet.
    """
    live = cpu_state_dict(module)
    averaged = None if ema is None else cpu_state_dict(ema.module)
    evaluated = live if averaged is None else averaged
    if soup is not None:
        evaluated = interpolate(soup, evaluated, 1 / (trainings + 1))
    return EpochWeights(live=live, ema=averaged, evaluated=evaluated)
