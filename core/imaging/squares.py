"""Stored images: every photograph resized once to a square that views and crops are cut from."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""(..., height, width, 3), red green blue."""


def store(image: Image.Image, side: int) -> Pixels:
    """Return an image resized to a square of `side` pixels: (side, side, 3).

    The aspect ratio is not kept, so that neither the photograph's shape nor its border decides
    what a network sees. The same bytes as `v2.Resize` makes of a PIL image (a test holds them
    equal), without loading torch.
    """
    resized = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(resized, dtype=np.uint8)
