"""Local features of images: places that are found again in crops, turned and re-encoded copies."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

VERSION = 1
"""Of what `features` returns: what was computed from another version is computed again."""
LEAST_SIDE = 64
"""Images with a smaller side have too few local features: their hashes decide."""
LENGTH = 128
"""Numbers of a descriptor."""
_SIDE = 256
_FEATURES = 400
_CONTRAST = 0.01
"""A quarter of what SIFT asks by default: skin has few edges, and smooth images would have none."""

Places = npt.NDArray[np.float32]
"""(M, 2) pixels"""
Descriptors = npt.NDArray[np.float32]
"""(M, LENGTH), RootSIFT: of length one"""


@dataclass(frozen=True, kw_only=True)
class Features:
    """Local features of one image."""

    places: Places
    descriptors: Descriptors


NONE = Features(places=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, LENGTH), np.float32))


def features(image: Image.Image) -> Features:
    """Return the local features of an upright RGB image; none where it is too small for any."""
    if min(image.size) < LEAST_SIDE:
        return NONE
    grey = image.convert("L")
    scale = _SIDE / max(grey.size)
    size = max(8, round(grey.width * scale)), max(8, round(grey.height * scale))
    pixels = np.asarray(grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))
    sift = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(pixels, None)
    if descriptors is None or not len(keypoints):
        return NONE
    # RootSIFT (Arandjelovic and Zisserman 2012): distances between square roots.
    shares = descriptors / (descriptors.sum(axis=1, keepdims=True) + 1e-7)
    places = np.array([point.pt for point in keypoints], dtype=np.float32)
    return Features(places=places, descriptors=np.sqrt(shares).astype(np.float32))


def mirrored(original: Features) -> Features:
    """Return the features of the mirror image.

    A descriptor is 4 x 4 cells of 8 directions, in the frame of its feature: mirrored, the rows
    change places and the directions their sign.
    """
    cells = original.descriptors.reshape(-1, 4, 4, 8)[:, ::-1][..., (-np.arange(8)) % 8]
    places = original.places * np.array([-1, 1], dtype=np.float32)
    return Features(places=places, descriptors=np.ascontiguousarray(cells.reshape(-1, LENGTH)))
