"""Test-time augmentation: the views of an image that are averaged for one prediction."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from core.imaging.squares import Pixels

_OF_WHOLE: Mapping[str, Callable[[Tensor], Tensor]] = {
    "whole": lambda image: image,
    "mirrored": functional.horizontal_flip,
    "upside down": functional.vertical_flip,
    "quarter turn": lambda image: functional.rotate(image, 90),
}
_FIVE_CROPS = ("top left", "top right", "bottom left", "bottom right", "centre")
"""In the order of `v2.FiveCrop`."""

VIEWS = (*_OF_WHOLE, "centre", "top left", "top right", "bottom left", "bottom right")


def names(count: int) -> tuple[str, ...]:
    """Return the first `count` views; the whole image is always the first."""
    return VIEWS[:count]


def resize(size: int) -> v2.Resize:
    """Return the transform from a stored square to the network's input of `size` pixels a side."""
    return v2.Resize((size, size), interpolation="bicubic", antialias=True)


def whole(stored: Pixels, size: int) -> Pixels:
    """Return all of a stored square at `size` pixels a side: (size, size, 3)."""
    (view,) = cut(stored, size, ("whole",))
    return np.asarray(view)


def cut(stored: Pixels, size: int, chosen: Sequence[str]) -> Pixels:
    """Return the chosen views of one stored square: (views, size, size, 3).

    Raises KeyError for an unknown view.
    """
    # Through Pillow: of a tensor torch makes values that differ by up to 2 of 255, and predictions
    # of existing checkpoints are to stay what they were.
    resized = functional.pil_to_tensor(resize(size)(Image.fromarray(stored)))
    crops: Mapping[str, Tensor] = {}
    if any(name in _FIVE_CROPS for name in chosen):
        # A copy: what is mapped from the pixel cache must not be written to.
        image = torch.from_numpy(np.array(stored)).permute(2, 0, 1)
        crops = dict(zip(_FIVE_CROPS, v2.FiveCrop(size)(image), strict=True))
    views = [crops[name] if name in crops else _OF_WHOLE[name](resized) for name in chosen]
    return np.stack([view.permute(1, 2, 0).numpy() for view in views])
