"""One vector per image that aggregates its local features: alike for parts and turned versions.

A vector of locally aggregated descriptors (VLAD, Jegou et al. 2010): each descriptor adds its
difference from the nearest centre of a codebook to that centre's sum; each sum is normalised
(Arandjelovic and Zisserman 2013, "All about VLAD"). Descriptors of the image and of its mirror
image are aggregated together, so that both have one vector.
"""

import warnings
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from core.curation import local_features
from core.curation.local_features import LENGTH, Descriptors, Features
from core.types import Embeddings

VERSION = 1
CENTRES = 16
REDUCED = 32
"""Numbers that are kept of each centre's sum."""
IMAGES = 200
"""From so many a codebook is learned."""

Codebook = npt.NDArray[np.float32]
"""(CENTRES, LENGTH)"""


def codebook(features: Sequence[Features]) -> Codebook | None:
    """Learn the centres from images; None where they have fewer descriptors than centres."""
    descriptors = np.concatenate([_both(each) for each in (*features, local_features.NONE)])
    if len(descriptors) < CENTRES:
        return None
    means = MiniBatchKMeans(CENTRES, n_init=1, random_state=0)
    with warnings.catch_warnings():
        # Equal descriptors leave centres without members: those aggregate nothing.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres: Codebook = means.fit(descriptors).cluster_centers_.astype(np.float32)
    return centres


def aggregate(features: Features, centres: Codebook) -> Embeddings:
    """Return (CENTRES * REDUCED,) of length one; zeros for an image without local features."""
    descriptors = _both(features)
    # The nearest of the centres: |d - c|^2 is smallest where d.c - |c|^2 / 2 is largest.
    nearest = (descriptors @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
    members = np.eye(CENTRES, dtype=np.float32)[nearest]
    sums = members.T @ descriptors - members.sum(axis=0)[:, None] * centres
    reduced = _unit(sums @ _projection())
    vector: Embeddings = _unit((np.sign(reduced) * np.sqrt(np.abs(reduced))).ravel())
    return vector


def _both(features: Features) -> Descriptors:
    mirrored = local_features.mirrored(features)
    return np.concatenate([features.descriptors, mirrored.descriptors])


@cache
def _projection() -> npt.NDArray[np.float32]:
    """Return random orthonormal directions, (LENGTH, REDUCED), the same ones each time."""
    drawn = np.random.default_rng(0).normal(size=(LENGTH, REDUCED))
    return np.linalg.qr(drawn)[0].astype(np.float32)


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
