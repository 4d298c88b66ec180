"""Pairs of pictures that show the same thing: copies, crops, mirrored or re-encoded versions.

Two steps. Embeddings and perceptual hashes, cheap for every pair, name candidates; then local
features decide: where enough of them agree on one shift, turn and scale, the two pictures overlap.
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
from core.imaging.measurements import NO_HASH, PictureFacts
from core.types import Embeddings, FloatArray, IntArray

NEIGHBOURS = 16
"""So many nearest pictures of each are candidates ..."""
NEIGHBOURS_OF_MANY = 5
"""... and so many in a large set, where a close look at each costs minutes."""
ALL_PAIRS = 800
"""Up to so many pictures every pair is a candidate."""
SAME_HASH = 6
"""Bits up to which two hashes are those of one picture."""
MOST_PAIRS = 320_000
"""Candidates that may be looked at closely, likeliest first."""
ENOUGH = 7
"""Agreeing features from which two pictures overlap: of 54,000 pairs of photographs of different
patients, the best that did not overlap had five."""
LEAST_SIDE = 64
"""Pictures with a smaller side have no features worth the name: their hashes decide."""
_SIDE = 320
_FEATURES = 600
_RATIO = 0.8
"""A feature counts when its best match is this much nearer than the second (Lowe 2004)."""
_TOLERANCE = 4.0
"""Pixels by which a feature may miss the common shift, turn and scale."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Two rows whose pictures overlap."""

    row: int
    other: int
    likeness: float
    """In [0.5, 1]: 1 = the same picture."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """Local features of one picture."""

    places: npt.NDArray[np.float32]
    """(M, 2) pixels"""
    descriptors: npt.NDArray[np.float32]
    """(M, 128), RootSIFT"""


NONE = Features(places=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, 128), np.float32))


def candidates(embeddings: Sequence[Embeddings], facts: PictureFacts) -> IntArray:
    """Return (P, 2) pairs of rows, the lower first, that are worth a close look, likeliest first.

    `embeddings` are (N, D) each; the cosines of the standardised vectors are averaged. Each row's
    nearest are candidates, and all with nearly the same hash; in a small set every pair is.
    """
    count = len(facts.hashes)
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    near_ones = NEIGHBOURS if count < similarity.LARGE else NEIGHBOURS_OF_MANY
    k = count - 1 if count <= ALL_PAIRS else near_ones
    # The dot product of vectors laid side by side is the sum of their cosines.
    side_by_side = np.concatenate([similarity.units(vectors) for vectors in embeddings], axis=1)
    units = (side_by_side / np.sqrt(len(embeddings))).astype(np.float32)

    def adjust(cosines: Cosines, rows: IntArray) -> None:
        cosines[bits_apart(facts, rows) <= SAME_HASH] = 1.0
        nearest_neighbours.without_self(cosines, rows)

    nearest = nearest_neighbours.search(units, units, k, adjust=adjust)
    here, there = np.repeat(np.arange(count), k), nearest.rows.ravel()
    keys = np.minimum(here, there) * count + np.maximum(here, there)
    unique, first = np.unique(keys, return_index=True)
    order = np.argsort(-nearest.cosines.ravel()[first], kind="stable")[:MOST_PAIRS]
    return np.stack([unique[order] // count, unique[order] % count], axis=1)


def by_hash(facts: PictureFacts, pairs: IntArray) -> FloatArray:
    """Return (P,): the likeness that hashes alone tell, 0 where they differ by too much."""
    one, other = facts.hashes[pairs[:, 0]], facts.hashes[pairs[:, 1]]
    mirrored = facts.mirrored[pairs[:, 1]]
    bits = np.minimum(np.bitwise_count(one ^ other), np.bitwise_count(one ^ mirrored))
    known = (one != NO_HASH) & (other != NO_HASH)
    return np.where(known & (bits <= SAME_HASH), 1 - 0.5 * bits / (SAME_HASH + 1), 0.0)


def features(image: Image.Image) -> Features:
    """Return the local features of an upright RGB picture; none where it is too small for any."""
    if min(image.size) < LEAST_SIDE:
        return NONE
    grey = image.convert("L")
    scale = _SIDE / max(grey.size)
    size = max(8, round(grey.width * scale)), max(8, round(grey.height * scale))
    pixels = np.asarray(grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))
    found, descriptors = cv2.SIFT.create(nfeatures=_FEATURES).detectAndCompute(pixels, None)
    if descriptors is None or not len(found):
        return NONE
    # RootSIFT (Arandjelovic and Zisserman 2012): distances between square roots.
    shares = descriptors / (descriptors.sum(axis=1, keepdims=True) + 1e-7)
    places = np.array([point.pt for point in found], dtype=np.float32)
    return Features(places=places, descriptors=np.sqrt(shares).astype(np.float32))


def mirrored(it: Features) -> Features:
    """Return the features of the mirror image.

    A descriptor is 4 x 4 cells of 8 directions, in the frame of its feature: mirrored, the rows
    change places and the directions their sign.
    """
    cells = it.descriptors.reshape(-1, 4, 4, 8)[:, ::-1][..., (-np.arange(8)) % 8]
    places = it.places * np.array([-1, 1], dtype=np.float32)
    return Features(places=places, descriptors=np.ascontiguousarray(cells.reshape(-1, 128)))


def overlap(one: Features, other: Features) -> int:
    """Return how many features agree, with the other picture as it is or mirrored."""
    return max(agreeing(one, other), agreeing(one, mirrored(other)))


def agreeing(one: Features, other: Features) -> int:
    """Return how many features of two pictures agree on one shift, turn and scale (RANSAC)."""
    if min(len(one.places), len(other.places)) < ENOUGH:
        return 0
    matches = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one.descriptors, other.descriptors, k=2)
    kept = [
        pair[0]
        for pair in matches
        if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance
    ]
    if len(kept) < ENOUGH:
        return 0
    here = one.places[[match.queryIdx for match in kept]]
    there = other.places[[match.trainIdx for match in kept]]
    cv2.setRNGSeed(0)
    shift, inside = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE
    )
    if shift is None or not 0.2 < float(np.hypot(shift[0, 0], shift[1, 0])) < 5:
        return 0
    chosen = inside.ravel() == 1
    # Many features on one spot are one piece of evidence.
    return min(_spots(here[chosen]), _spots(there[chosen]))


def likeness(agreed: int) -> float:
    """Return [0.5, 1) for a number of agreeing features: .5 at `ENOUGH`, .9 at five times that."""
    return 1 - 0.5 * ENOUGH / max(agreed, ENOUGH)


def _spots(places: npt.NDArray[np.float32]) -> int:
    return len(np.unique(np.round(places / _TOLERANCE), axis=0))


def bits_apart(facts: PictureFacts, rows: IntArray) -> npt.NDArray[np.uint8]:
    """Return (R, N): differing bits to every picture, or to its mirror image if that is nearer."""
    here = facts.hashes[rows][:, None]
    plain = np.bitwise_count(here ^ facts.hashes[None])
    nearest = np.minimum(plain, np.bitwise_count(here ^ facts.mirrored[None]))
    return np.asarray(nearest, dtype=np.uint8)
