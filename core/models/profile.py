"""What a network weighs before it is built: parameters, multiply-accumulates, its input."""

from dataclasses import dataclass
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from core.errors import AppError
from core.models import network_stages, networks
from core.models.checkpoint import Preprocessing


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """A network of timm's, for images of one size."""

    backbone: str
    parameters: int
    """With a classifier for `classes` classes."""
    macs: int
    """Multiply-accumulates of one forward pass of one image."""
    image_size: int
    """Side in pixels that the multiply-accumulates are counted for."""
    own_size: int
    """Side in pixels that its ImageNet weights were trained with."""
    preprocessing: Preprocessing


def own_size(backbone: str) -> int:
    """Return the side in pixels that timm names for a network. Raises AppError if unknown."""
    return networks.input_size(backbone)


@cache
def describe(backbone: str, image_size: int | None = None, classes: int = 6) -> NetworkFacts:
    """Return a network's facts, for its own size of images or another; nothing is allocated.

    Raises AppError for a network that timm does not know, that does not end in one layer, or that
    does not take such images.
    """
    size = image_size or own_size(backbone)
    with torch.device("meta"):
        network = networks.build(backbone, classes, "random")
        pixels = torch.zeros(1, 3, size, size)
    network_stages.classifier(network.module)
    counter = FlopCounterMode(display=False)
    try:
        with counter, torch.no_grad():
            network.module.eval()(pixels)
    except (AssertionError, RuntimeError, ValueError) as why:
        raise AppError(
            f"{backbone} does not take pictures of {size} pixels.",
            title="Image size not possible",
            hint=f"Its own size is {own_size(backbone)} pixels.",
        ) from why
    return NetworkFacts(
        backbone=backbone,
        parameters=sum(parameter.numel() for parameter in network.module.parameters()),
        # torch counts a multiplication and an addition apart.
        macs=counter.get_total_flops() // 2,
        image_size=size,
        own_size=own_size(backbone),
        preprocessing=network.preprocessing,
    )
