"""CutMix and mixup: training images combined from two, with the labels of both."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from core.imaging.squares import Pixels
from core.types import FloatArray

_MIXUP_ALPHA = 0.4
"""Both parameters of the beta distribution that mixup's shares are drawn from."""


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """Which training images are mixed with another one, and how."""

    probability: float
    """Share of training images."""
    transform: v2.RandomChoice
    """For batches of images and targets, as usual; here a batch has two images."""

    def as_transform(self) -> v2.RandomApply:
        """Return the same in one transform, for people and files."""
        return v2.RandomApply([self.transform], p=self.probability)

    def partner(self, images: int) -> int | None:
        """Draw the index of the other image among `images`; None: this one is not mixed."""
        if float(torch.rand(1)) >= self.probability:
            return None
        return int(torch.randint(images, (1,)))


def mixing(cutmix: float, mixup: float) -> Mixing | None:
    """Return CutMix (Yun et al. 2019) and mixup (Zhang et al. 2018); None where both are off.

    `cutmix` and `mixup` are the shares of training images that each of them changes, together at
    most 1.
    """
    if not cutmix + mixup:
        return None
    methods = [v2.CutMix(alpha=1.0), v2.MixUp(alpha=_MIXUP_ALPHA)]
    return Mixing(probability=cutmix + mixup, transform=v2.RandomChoice(methods, p=[cutmix, mixup]))


def mix(transform: v2.Transform, own: Pixels, other: Pixels, targets: FloatArray) -> Pixels:
    """Return one image (S, S, 3) made of two; `targets` (2, K) are those of both.

    Draws from torch's current generator, as `mixed_target` does: with the same draws they belong
    together.
    """
    # mixup multiplies: it needs floating point.
    pair = torch.from_numpy(np.stack([own, other])).permute(0, 3, 1, 2).float()
    images, _ = transform(pair, torch.from_numpy(targets))
    return np.ascontiguousarray(images[0].round().to(torch.uint8).permute(1, 2, 0).numpy())


def mixed_target(transform: v2.Transform, size: int, targets: FloatArray) -> FloatArray:
    """Return the target (K,) of the image that `mix` makes, without computing that image.

    `size`: side of the images in pixels.
    """
    # Tensors on torch's meta device have a shape and no values.
    pair = torch.empty(2, 3, size, size, device="meta")
    labels: Tensor = transform(pair, torch.from_numpy(targets))[1]
    return np.asarray(labels[0].numpy(), dtype=np.float64)
