"""Measurements of an image without a network: sharpness, light, edges, a perceptual hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.types import FloatArray, IntArray

SIDE = 256
"""Longer side in pixels at which images are measured: a large photograph is not sharper."""
DARK = 0.08
BLOWN = 0.97
"""Luma below and above which a pixel shows hardly anything."""
_PLAIN = 0.02
"""Standard deviation of luma up to which a row or a column is plain."""
_HASH = 8
_FINE = 32
"""Side of the small grey image that the perceptual hash is computed from."""

_FLAT = 200.0
"""Median coefficient up to which an image is a plain surface: its hash would be noise."""
NO_HASH = 0

Grey = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class One:
    """Measured on one image; the fields are those of `ImageFacts`."""

    width: int
    height: int
    hashes: int
    mirrored: int
    sharpness: float
    brightness: float
    dark: float
    blown: float
    border: float


@dataclass(frozen=True, kw_only=True)
class ImageFacts:
    """Measured on N images."""

    width: IntArray
    """(N,) pixels, as stored"""
    height: IntArray
    hashes: npt.NDArray[np.uint64]
    """(N,) perceptual hash, 64 bits: near duplicates differ in few bits; 0: too plain for one"""
    mirrored: npt.NDArray[np.uint64]
    """(N,) the hash of the mirrored image"""
    sharpness: FloatArray
    """(N,) standard deviation of the Laplacian over that of the image; higher is sharper"""
    brightness: FloatArray
    """(N,) mean luma in [0, 1]"""
    dark: FloatArray
    """(N,) share of nearly black pixels"""
    blown: FloatArray
    """(N,) share of nearly white pixels"""
    border: FloatArray
    """(N,) share of the rows and columns that are plain frame, counted from the outside"""


def measure_file(path: Path) -> One:
    """Measure a stored image. Raises OSError, SyntaxError or ValueError when it is broken."""
    with Image.open(path) as image:
        width, height = image.size
        # A JPEG is decoded at a fraction of its size; the ratio stays.
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        return measure(image.convert("RGB"), size=(width, height))


def measure(image: Image.Image, size: tuple[int, int] | None = None) -> One:
    """Measure an upright RGB image; `size` is its size as stored, where it was reduced since."""
    width, height = size or image.size
    grey = image.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    luma: Grey = np.asarray(grey, dtype=np.float32) / np.float32(255)
    fine = image.convert("L").resize((_FINE, _FINE), Image.Resampling.BOX, reducing_gap=2.0)
    small = np.asarray(fine, dtype=np.float32)
    return One(
        width=width,
        height=height,
        hashes=_hash(small),
        mirrored=_hash(small[:, ::-1]),
        sharpness=_sharpness(luma),
        brightness=float(luma.mean()),
        dark=float((luma < DARK).mean()),
        blown=float((luma > BLOWN).mean()),
        border=_border(luma),
    )


def stack(rows: Sequence[One]) -> ImageFacts:
    """Return the measurements of many images as columns."""
    return ImageFacts(
        width=np.array([row.width for row in rows], dtype=np.int64),
        height=np.array([row.height for row in rows], dtype=np.int64),
        hashes=np.array([row.hashes for row in rows], dtype=np.uint64),
        mirrored=np.array([row.mirrored for row in rows], dtype=np.uint64),
        sharpness=np.array([row.sharpness for row in rows], dtype=np.float64),
        brightness=np.array([row.brightness for row in rows], dtype=np.float64),
        dark=np.array([row.dark for row in rows], dtype=np.float64),
        blown=np.array([row.blown for row in rows], dtype=np.float64),
        border=np.array([row.border for row in rows], dtype=np.float64),
    )


def _hash(small: Grey) -> int:
    """Return 64 bits: which low frequencies of the image are above their median (pHash)."""
    low = (_COSINES @ small @ _COSINES.T).ravel()
    # The first coefficient is the mean brightness, which is independent of the content.
    if float(np.median(np.abs(low[1:]))) < _FLAT:
        return NO_HASH
    bits = low > np.median(low[1:])
    bits[0] = False
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _cosines() -> Grey:
    """Return the first rows of the discrete cosine transform of type II, (8, 32)."""
    frequency, place = np.arange(_HASH)[:, None], np.arange(_FINE)[None, :]
    basis = np.cos(np.pi * frequency * (2 * place + 1) / (2 * _FINE))
    return np.asarray(basis, dtype=np.float32)


_COSINES = _cosines()


def _sharpness(luma: Grey) -> float:
    if min(luma.shape) < 3:
        return 0.0
    middle = luma[1:-1, 1:-1]
    edges = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * middle
    spread = float(luma.std())
    return float(edges.std()) / spread if spread > 1e-3 else 0.0


def _border(luma: Grey) -> float:
    """Return the larger share of plain lines at two opposite sides of the image."""
    shares = []
    for lines in (luma, luma.T):
        plain = lines.std(axis=1) < _PLAIN
        inside = np.flatnonzero(~plain)
        outside = len(plain) if not len(inside) else inside[0] + len(plain) - 1 - inside[-1]
        shares.append(float(outside) / len(plain))
    return max(shares)
