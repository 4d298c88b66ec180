"""Pairs of images that show the same thing: copies, crops, mirrored or re-encoded versions.

Two steps. Embeddings and perceptual hashes, cheap for every pair, name candidates; then local
features decide: where enough of them agree on one shift, turn and scale, the two images overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.curation import similarity
from core.data import nearest_neighbours
from core.data.nearest_neighbours import Cosines
from core.imaging.measurements import NO_HASH, ImageFacts
from core.types import Embeddings, FloatArray, IntArray

VERSION = 2
"""Of what `overlap` counts: numbers of another version are not compared with `ENOUGH`."""
NEIGHBOURS = 10
"""Nearest images of each that are candidates."""
SAME_HASH = 6
"""Bits up to which two hashes are those of one image."""
MOST_PAIRS = 320_000
"""Candidates whose local features are compared, most similar first."""
ENOUGH = 7
"""Agreeing features from which two images overlap: of 54,508 pairs of photographs of different
patients four have 18 and more, and overlap; the best of the others has six
(`tests.benchmarks.near_duplicates`).
"""
LEAST_SIDE = 64
"""Images with a smaller side have too few local features: their hashes decide."""
_SIDE = 256
_FEATURES = 400
_CONTRAST = 0.01
"""A quarter of what SIFT asks by default: skin has few edges, and smooth images would have none."""
_RATIO = 0.8
"""A feature counts when its best match is this much nearer than the second (Lowe 2004)."""
_TOLERANCE = 4.0
"""Pixels by which a feature may miss the common shift, turn and scale."""


Places = npt.NDArray[np.float32]
"""(M, 2) pixels"""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Two rows whose images overlap."""

    row: int
    other: int
    likeness: float
    """In [0.5, 1]: 1 = the same image."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """Local features of one image."""

    places: Places
    descriptors: npt.NDArray[np.float32]
    """(M, 128), RootSIFT: of length one"""


NONE = Features(places=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, 128), np.float32))


def candidates(embeddings: Sequence[Embeddings], facts: ImageFacts) -> IntArray:
    """Return (P, 2) pairs of rows, the lower first, to compare by features, most similar first.

    `embeddings` are (N, D) each; the cosines of the standardised vectors are averaged. Each row's
    nearest are candidates; images with nearly the same hash are the nearest of all.
    """
    count = len(facts.hashes)
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    k = min(count - 1, NEIGHBOURS)
    # The dot product of vectors laid side by side is the sum of their cosines.
    side_by_side = np.concatenate([similarity.units(vectors) for vectors in embeddings], axis=1)
    units = (side_by_side / np.sqrt(len(embeddings))).astype(np.float32)

    hashed = facts.hashes != NO_HASH

    def adjust(cosines: Cosines, rows: IntArray) -> None:
        same = bits_apart(facts, rows) <= SAME_HASH
        cosines[same & hashed[rows, None] & hashed] = 1.0
        nearest_neighbours.without_self(cosines, rows)

    nearest = nearest_neighbours.search(units, units, k, adjust=adjust)
    here, there = np.repeat(np.arange(count), k), nearest.rows.ravel()
    keys = np.minimum(here, there) * count + np.maximum(here, there)
    unique, first = np.unique(keys, return_index=True)
    order = np.argsort(-nearest.cosines.ravel()[first], kind="stable")[:MOST_PAIRS]
    return np.stack([unique[order] // count, unique[order] % count], axis=1)


def by_hash(facts: ImageFacts, pairs: IntArray) -> FloatArray:
    """Return (P,): the likeness by hashes alone, 0 where they differ by too much."""
    first, second = facts.hashes[pairs[:, 0]], facts.hashes[pairs[:, 1]]
    mirrored = facts.mirrored[pairs[:, 1]]
    bits = np.minimum(np.bitwise_count(first ^ second), np.bitwise_count(first ^ mirrored))
    hashed = (first != NO_HASH) & (second != NO_HASH)
    return np.where(hashed & (bits <= SAME_HASH), 1 - 0.5 * bits / (SAME_HASH + 1), 0.0)


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
    return Features(places=places, descriptors=np.ascontiguousarray(cells.reshape(-1, 128)))


def overlap(first: Features, second: Features) -> int:
    """Return how many features agree, with the other image as it is or mirrored."""
    count = len(second.places)
    if min(len(first.places), count) < ENOUGH:
        return 0
    other = mirrored(second)
    cosines = first.descriptors @ np.concatenate([second.descriptors, other.descriptors]).T
    return max(
        _agreeing(first.places, second.places, cosines[:, :count]),
        _agreeing(first.places, other.places, cosines[:, count:]),
    )


def _agreeing(here: Places, there: Places, cosines: Cosines) -> int:
    """Return how many features of two images agree on one shift, turn and scale (RANSAC).

    `cosines` (M, N) of their descriptors is written over.
    """
    rows, best = np.arange(len(cosines)), cosines.argmax(axis=1)
    nearest = cosines[rows, best]
    cosines[rows, best] = -1
    # Of unit vectors the squared distance is 2 - 2 cosines.
    kept = np.flatnonzero(1 - nearest < _RATIO**2 * (1 - cosines.max(axis=1)))
    if len(kept) < ENOUGH:
        return 0
    here, there = here[kept], there[best[kept]]
    cv2.setRNGSeed(0)
    shift, inside = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE
    )
    if shift is None or not 0.2 < float(np.hypot(shift[0, 0], shift[1, 0])) < 5:
        return 0
    chosen = inside.ravel() == 1
    # Many features at one place are one piece of evidence.
    return min(_spots(here[chosen]), _spots(there[chosen]))


def likeness(agreed: int) -> float:
    """Return [0.5, 1) for a number of agreeing features: .5 at `ENOUGH`, .9 at five times that."""
    return 1 - 0.5 * ENOUGH / max(agreed, ENOUGH)


def _spots(places: Places) -> int:
    return len(np.unique(np.round(places / _TOLERANCE), axis=0))


def bits_apart(facts: ImageFacts, rows: IntArray) -> npt.NDArray[np.uint8]:
    """Return (R, N): differing bits to every image, or to its mirror image if that is nearer."""
    here = facts.hashes[rows][:, None]
    plain = np.bitwise_count(here ^ facts.hashes[None])
    nearest = np.minimum(plain, np.bitwise_count(here ^ facts.mirrored[None]))
    return np.asarray(nearest, dtype=np.uint8)
