"""A heat map as an image that lies over the photograph."""

import io

import numpy as np
from PIL import Image

from core.types import FloatArray

COLOUR = (255, 214, 0)
"""Yellow stands out on any skin, for every reader."""


def overlay(heat: FloatArray) -> bytes:
    """Return a heat map, (H, W) in [0, 1], as WebP: its opacity is the heat."""
    pixels = np.empty((*heat.shape, 4), dtype=np.uint8)
    pixels[..., :3] = COLOUR
    pixels[..., 3] = (heat * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "WEBP", quality=80, alpha_quality=90)
    return buffer.getvalue()
