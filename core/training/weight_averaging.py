"""Averages of weights: over the last steps of a training, and over several trainings.

One network comes out, as costly to use as any other. Networks that start from the same weights
lie close enough together for that (Wortsman et al. 2022).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Weights = Mapping[str, Tensor]


class StepAverage:
    """The exponential moving average of a network's weights over about its last `steps` steps."""

    def __init__(self, module: nn.Module, steps: float, start: Weights | None = None) -> None:
        """Go on from `start`, the weights of an earlier average; without, from the network's."""
        self._names, self._live = zip(*_moving(module), strict=True)
        own = dict(zip(self._names, self._live, strict=True)) if start is None else start
        self._mean = [
            own[name].detach().to(live.device, copy=True)
            for name, live in zip(self._names, self._live, strict=True)
        ]
        self._rate = 1 / max(1.0, steps)

    def follow(self) -> None:
        """Take the network's weights in, after a step."""
        with torch.no_grad():
            torch._foreach_lerp_(self._mean, self._live, self._rate)

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of the average on the processor."""
        return {
            name: tensor.to("cpu", copy=True)
            for name, tensor in zip(self._names, self._mean, strict=True)
        }


def _moving(module: nn.Module) -> list[tuple[str, Tensor]]:
    """Return the weights, and BatchNorm's statistics; its counters are no averages."""
    state = module.state_dict()
    return [(name, tensor) for name, tensor in state.items() if tensor.is_floating_point()]


def mean(first: Weights, second: Weights, share: float) -> dict[str, Tensor]:
    """Return `share` of the second weights and the rest of the first ones."""
    return {
        name: torch.lerp(tensor, second[name], share)
        if tensor.is_floating_point()
        else second[name].clone()
        for name, tensor in first.items()
    }


@dataclass(frozen=True, kw_only=True)
class Left:
    """What an epoch leaves."""

    live: Weights
    """What training goes on from."""
    average: Weights | None
    """Over the last steps, where the settings ask for that."""
    kept: Weights
    """The network that the epoch stands for: measured, and kept if it is the best."""


def after_epoch(
    live: Weights, average: StepAverage | None, finished: Weights | None, trainings: int
) -> Left:
    """Return what an epoch leaves; `finished` is the mean of the `trainings` that are done."""
    found = None if average is None else average.weights()
    kept = live if found is None else {**live, **found}
    if finished is not None:
        kept = mean(finished, kept, 1 / (trainings + 1))
    return Left(live=live, average=found, kept=kept)
