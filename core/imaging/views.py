"""Views of a picture: the crops and turns that are averaged for one prediction."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""(..., height, width, 3), red green blue."""


def store(image: Image.Image, side: int) -> Pixels:
    """Return a picture squeezed into a square of `side` pixels: (side, side, 3).

    Whole and squeezed, so that neither its shape nor its border decides what a network sees.
    """
    squeezed = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(squeezed, dtype=np.uint8)


def whole(stored: Pixels, size: int) -> Pixels:
    """Return all of a stored picture as a square of `size` pixels."""
    image = Image.fromarray(stored)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC), dtype=np.uint8)


def _crop(stored: Pixels, resized: Pixels, across: float, down: float) -> Pixels:
    size = resized.shape[0]
    room = stored.shape[0] - size
    left, top = round(room * across), round(room * down)
    return stored[top : top + size, left : left + size]


VIEWS: Mapping[str, Callable[[Pixels, Pixels], Pixels]] = {
    "whole": lambda stored, resized: resized,
    "mirrored": lambda stored, resized: resized[:, ::-1],
    "upside down": lambda stored, resized: resized[::-1],
    "quarter turn": lambda stored, resized: np.rot90(resized),
    "centre": lambda stored, resized: _crop(stored, resized, 0.5, 0.5),
    "top left": lambda stored, resized: _crop(stored, resized, 0.0, 0.0),
    "top right": lambda stored, resized: _crop(stored, resized, 1.0, 0.0),
    "bottom left": lambda stored, resized: _crop(stored, resized, 0.0, 1.0),
    "bottom right": lambda stored, resized: _crop(stored, resized, 1.0, 1.0),
}
"""Name -> function of (stored picture, all of it at the size of the network's input)."""


def names(count: int) -> tuple[str, ...]:
    """Return the first `count` views; the whole picture is always the first."""
    return tuple(VIEWS)[:count]


def cut(stored: Pixels, size: int, chosen: Sequence[str]) -> Pixels:
    """Return the chosen views of one stored picture: (views, size, size, 3)."""
    resized = whole(stored, size)
    return np.stack([VIEWS[name](stored, resized) for name in chosen])
