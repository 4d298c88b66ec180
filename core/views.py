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


def _whole(stored: Pixels, size: int) -> Pixels:
    image = Image.fromarray(stored)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC), dtype=np.uint8)


def _crop(stored: Pixels, whole: Pixels, across: float, down: float) -> Pixels:
    size = whole.shape[0]
    room = stored.shape[0] - size
    left, top = round(room * across), round(room * down)
    return stored[top : top + size, left : left + size]


VIEWS: Mapping[str, Callable[[Pixels, Pixels], Pixels]] = {
    "whole": lambda stored, whole: whole,
    "mirrored": lambda stored, whole: whole[:, ::-1],
    "upside down": lambda stored, whole: whole[::-1],
    "quarter turn": lambda stored, whole: np.rot90(whole),
    "centre": lambda stored, whole: _crop(stored, whole, 0.5, 0.5),
    "top left": lambda stored, whole: _crop(stored, whole, 0.0, 0.0),
    "top right": lambda stored, whole: _crop(stored, whole, 1.0, 0.0),
    "bottom left": lambda stored, whole: _crop(stored, whole, 0.0, 1.0),
    "bottom right": lambda stored, whole: _crop(stored, whole, 1.0, 1.0),
}
"""Name -> function of (stored picture, all of it at the size of the network's input)."""


def names(count: int) -> tuple[str, ...]:
    """Return the first `count` views; the whole picture is always the first."""
    return tuple(VIEWS)[:count]


def cut(stored: Pixels, size: int, chosen: Sequence[str]) -> Pixels:
    """Return the chosen views of one stored picture: (views, size, size, 3)."""
    whole = _whole(stored, size)
    return np.stack([VIEWS[name](stored, whole) for name in chosen])
