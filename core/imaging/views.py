"""Test-time augmentation: the views of an image that are averaged for one prediction."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image

from core.imaging.squares import Pixels

_OF_WHOLE: Mapping[str, Callable[[Pixels], Pixels]] = {
    "whole": lambda image: image,
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "quarter turn": np.rot90,
}
_CROPS: Mapping[str, tuple[float, float]] = {
    "centre": (0.5, 0.5),
    "top left": (0, 0),
    "top right": (0, 1),
    "bottom left": (1, 0),
    "bottom right": (1, 1),
}
"""Share of what is left over that is cut off above, and on the left."""

VIEWS = (*_OF_WHOLE, *_CROPS)


def names(count: int) -> tuple[str, ...]:
    """Return the first `count` views; the whole image is always the first."""
    return VIEWS[:count]


def whole(stored: Pixels, size: int) -> Pixels:
    """Return all of a stored square at `size` pixels a side: (size, size, 3)."""
    (view,) = cut(stored, size, ("whole",))
    return np.asarray(view)


def cut(stored: Pixels, size: int, chosen: Sequence[str]) -> Pixels:
    """Return the chosen views of one stored square: (views, size, size, 3).

    The same bytes as torchvision's `Resize` of a Pillow image, `FiveCrop`, flips and `rotate` (a
    test holds them equal), without loading torch. Raises KeyError for an unknown view.
    """
    resized = stored
    if stored.shape[:2] != (size, size):
        image = Image.fromarray(stored).resize((size, size), Image.Resampling.BICUBIC)
        resized = np.asarray(image, dtype=np.uint8)
    return np.stack(
        [
            _OF_WHOLE[name](resized) if name in _OF_WHOLE else _crop(stored, size, name)
            for name in chosen
        ]
    )


def _crop(stored: Pixels, size: int, name: str) -> Pixels:
    down, across = _CROPS[name]
    top = round((stored.shape[0] - size) * down)
    left = round((stored.shape[1] - size) * across)
    return stored[top : top + size, left : left + size]
