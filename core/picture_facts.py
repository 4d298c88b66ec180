"""What can be measured on a picture without a network: sharpness, light, edges, a fingerprint."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.types import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """Measured on N pictures."""

    width: IntArray
    """(N,) pixels, as stored"""
    height: IntArray
    hashes: npt.NDArray[np.uint64]
    """(N,) perceptual hash, 64 bits: near duplicates differ in few bits"""
    sharpness: FloatArray
    """(N,) higher is sharper"""
    brightness: FloatArray
    """(N,) mean luma in [0, 1]"""
    dark: FloatArray
    """(N,) share of nearly black pixels"""
    blown: FloatArray
    """(N,) share of nearly white pixels"""
    border: FloatArray
    """(N,) share of the picture that is plain border"""
