"""Pairs of images that show the same thing: copies, crops, mirrored or re-encoded versions.

Two steps. Embeddings, aggregated local features and perceptual hashes, cheap for every pair, name
candidates; then the local features decide: where enough of them agree on one shift, turn and scale,
the two images overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.curation import local_features, similarity
from core.curation.local_features import Features, Places
from core.data import nearest_neighbours
from core.data.nearest_neighbours import Cosines, Neighbours
from core.imaging.measurements import NO_HASH, ImageFacts
from core.types import Embeddings, FloatArray, IntArray

VERSION = 2
"""Of what `overlap` counts: numbers of another version are not compared with `ENOUGH`."""
NEIGHBOURS = 6
"""Images nearest to each by their embeddings that are candidates ..."""
ALIKE = 5
"""... and by their aggregated local features, which know turned images and parts of images."""
SAME_HASH = 6
"""Bits up to which two hashes are those of one image."""
MOST_PAIRS = 320_000
"""Candidates whose local features are compared, most similar first."""
ENOUGH = 7
"""Agreeing features from which two images overlap: of 54,508 pairs of photographs of different
patients four have 18 and more, and overlap; the best of the others has six
(`tests.benchmarks.near_duplicates`).
"""
_RATIO = 0.8
"""A feature counts when its best match is this much nearer than the second (Lowe 2004)."""
_TOLERANCE = 4.0
"""Pixels by which a feature may miss the common shift, turn and scale."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Two rows whose images overlap."""

    row: int
    other: int
    likeness: float
    """In [0.5, 1]: 1 = the same image."""


def candidates(
    embeddings: Sequence[Embeddings], aggregated: Embeddings, facts: ImageFacts
) -> IntArray:
    """Return (P, 2) pairs of rows, the lower first, to compare by features, most similar first.

    `embeddings` are (N, D) each; the cosines of the standardised vectors are averaged. `aggregated`
    are `aggregated_features`, (N, E), zeros where an image has none. Each row's nearest are
    candidates; images with nearly the same hash are the nearest of all.
    """
    count = len(facts.hashes)
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    # The dot product of vectors laid side by side is the sum of their cosines.
    side_by_side = np.concatenate([similarity.units(vectors) for vectors in embeddings], axis=1)
    units = (side_by_side / np.sqrt(len(embeddings))).astype(np.float32)

    hashed = facts.hashes != NO_HASH

    def adjust(cosines: Cosines, rows: IntArray) -> None:
        same = bits_apart(facts, rows) <= SAME_HASH
        cosines[same & hashed[rows, None] & hashed] = 1.0
        nearest_neighbours.without_self(cosines, rows)

    described = similarity.units(aggregated)
    described[~aggregated.any(axis=1)] = 0.0
    found = [
        _pairs(nearest_neighbours.search(units, units, NEIGHBOURS, adjust=adjust)),
        _pairs(
            nearest_neighbours.search(
                described, described, ALIKE, adjust=nearest_neighbours.without_self
            )
        ),
    ]
    pairs, cosines, ranks = (np.concatenate(parts) for parts in zip(*found, strict=True))
    # Cosines of two kinds: each image's nearest of both come before its second nearest of either.
    order = np.lexsort((-cosines, ranks))
    _, first = np.unique(pairs[order] @ [count, 1], return_index=True)
    chosen: IntArray = pairs[order[np.sort(first)[:MOST_PAIRS]]]
    return chosen


def _pairs(nearest: Neighbours) -> tuple[IntArray, Cosines, IntArray]:
    """Return (P, 2) rows, the lower first, their cosines (P,), and ranks (P,), 0 = the nearest."""
    shape = nearest.rows.shape
    rows = np.broadcast_to(np.arange(shape[0])[:, None], shape)
    ranks = np.broadcast_to(np.arange(shape[1]), shape)
    pairs = np.sort(np.stack([rows, nearest.rows], axis=-1), axis=-1)
    # Nothing is the cosine of what has no direction, and an image is no pair with itself.
    usable = np.isfinite(nearest.cosines) & (nearest.cosines != 0)
    return pairs[usable], nearest.cosines[usable], ranks[usable]


def by_hash(facts: ImageFacts, pairs: IntArray) -> FloatArray:
    """Return (P,): the likeness by hashes alone, 0 where they differ by too much."""
    first, second = facts.hashes[pairs[:, 0]], facts.hashes[pairs[:, 1]]
    mirrored = facts.mirrored[pairs[:, 1]]
    bits = np.minimum(np.bitwise_count(first ^ second), np.bitwise_count(first ^ mirrored))
    hashed = (first != NO_HASH) & (second != NO_HASH)
    return np.where(hashed & (bits <= SAME_HASH), 1 - 0.5 * bits / (SAME_HASH + 1), 0.0)


def overlap(first: Features, second: Features) -> int:
    """Return how many features agree, with the other image as it is or mirrored."""
    count = len(second.places)
    if min(len(first.places), count) < ENOUGH:
        return 0
    other = local_features.mirrored(second)
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
