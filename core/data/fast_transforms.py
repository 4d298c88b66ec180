"""Two transforms of torchvision as single OpenCV passes over uint8 images.

Same parameters, same draws and the same result as the transforms that they derive from, up to
interpolation and rounding; `tests/benchmarks/transforms.py` measures by how much they are faster.
OpenCV releases the interpreter lock meanwhile: they run beside the training step.
"""

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torchvision.transforms import v2

from core.types import FloatArray

_LUMA = np.array([0.2989, 0.587, 0.114])
"""Weights of red, green and blue in torchvision's greyscale."""


class RandomRotatedResizedCrop(v2.RandomResizedCrop):  # type: ignore[misc]
    """`v2.RandomRotation(degrees)`, then `v2.RandomResizedCrop(size, scale, ratio)`, bilinear.

    Instead of black corners the rotated image has mirrored borders, so that there are no corners
    to learn from. Images are uint8 tensors (3, H, W).
    """

    def __init__(
        self,
        size: int | Sequence[int],
        degrees: float = 0.0,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
    ) -> None:
        """`degrees`: largest angle either way; `scale`: of the crop's area; `ratio`: width/height.

        A square `size` may be given as one number of pixels.
        """
        super().__init__(size, scale=tuple(scale), ratio=tuple(ratio), antialias=False)
        self.degrees = float(degrees)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw an angle and a crop."""
        angle = float(torch.empty(1).uniform_(-self.degrees, self.degrees))
        return {**super().make_params(flat_inputs), "angle": angle}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Return (3, *size) uint8."""
        pixels = _to_array(inpt)
        height, width = self.size
        warped = cv2.warpAffine(
            pixels,
            _crop_matrix(params, pixels.shape[:2], (height, width)),
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        return _to_tensor(np.asarray(warped, dtype=np.uint8))

    def extra_repr(self) -> str:
        """Return the arguments that build this transform again."""
        return f"size={self.size}, degrees={self.degrees}, scale={self.scale}, ratio={self.ratio}"


class FusedColorJitter(v2.ColorJitter):  # type: ignore[misc]
    """`v2.ColorJitter` without hue: brightness, contrast and saturation as one colour matrix.

    The three are affine maps of a pixel's colour in whichever order they are drawn, so their
    product is one, too. Only values that leave 0..255 on the way are clipped later than there.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] | None = None,
        contrast: float | Sequence[float] | None = None,
        saturation: float | Sequence[float] | None = None,
    ) -> None:
        """Arguments as of `v2.ColorJitter`: a largest relative change, or (lowest, highest)."""
        super().__init__(brightness, contrast, saturation)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Return the (3, H, W) uint8 image with the drawn factors applied."""
        pixels = _to_array(inpt)
        matrix = _colour_matrix(params, np.array(cv2.mean(pixels)[:3]))
        return _to_tensor(np.asarray(cv2.transform(pixels, matrix), dtype=np.uint8))


def _crop_matrix(
    params: dict[str, Any], source: Sequence[int], target: tuple[int, int]
) -> FloatArray:
    """Return the (2, 3) map from a pixel (x, y) of the result to its place in the source.

    `source` and `target` are (height, width).
    """
    scale = np.array([params["width"] / target[1], params["height"] / target[0]])
    # Pixel 0 has its centre at 0, its left edge at -0.5.
    corner = np.array([params["left"], params["top"]]) - 0.5
    centre = (np.array([source[1], source[0]]) - 1) / 2
    # Degrees count counter-clockwise on the screen, where y points down.
    angle = math.radians(params["angle"])
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    linear = rotation * scale
    offset = centre + rotation @ (corner + 0.5 * scale - centre)
    return np.column_stack([linear, offset])


def _colour_matrix(params: dict[str, Any], mean: FloatArray) -> FloatArray:
    """Return the (3, 4) affine map of a pixel's colour; `mean`: the image's mean colour, (3,)."""
    linear, offset = np.eye(3), np.zeros(3)
    for number in params["fn_idx"].tolist():
        if number == 0 and params["brightness_factor"] is not None:
            linear, offset = (params["brightness_factor"] * part for part in (linear, offset))
        elif number == 1 and params["contrast_factor"] is not None:
            factor = params["contrast_factor"]
            grey = float(_LUMA @ (linear @ mean + offset))
            linear, offset = factor * linear, factor * offset + (1 - factor) * grey
        elif number == 2 and params["saturation_factor"] is not None:
            factor = params["saturation_factor"]
            mix = factor * np.eye(3) + (1 - factor) * _LUMA
            linear, offset = mix @ linear, mix @ offset
    return np.column_stack([linear, offset])


def _to_array(image: Tensor) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def _to_tensor(pixels: npt.NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)
