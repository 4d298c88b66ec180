"""Similarity of images: embeddings standardised, and reduced in dimension for large sets."""

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA

from core.data import nearest_neighbours
from core.types import Embeddings, IntArray

LARGE = 4_000
"""Rows from which on only principal components are compared: a tenth of the cost."""
COMPACT = 128
"""Principal components that are compared in a large set."""
_TOGETHER = 1_500


def units(embeddings: Embeddings) -> Embeddings:
    """Return (N, D) embeddings, standardised and scaled to length one: dot products are cosines.

    In a large set (N, COMPACT): the first principal components of that.
    """
    spread = (embeddings - embeddings.mean(axis=0)) / (embeddings.std(axis=0) + 1e-6)
    if len(spread) >= LARGE and spread.shape[1] > COMPACT:
        spread = PCA(COMPACT, svd_solver="randomized", random_state=0).fit_transform(spread)
    return nearest_neighbours.unit_rows(spread)


def neighbourhoods(embeddings: Embeddings) -> IntArray:
    """Return (N,) cluster numbers of similar images, about `_TOGETHER` images per cluster."""
    clusters = len(embeddings) // _TOGETHER
    if clusters < 2:
        return np.zeros(len(embeddings), dtype=np.int64)
    numbers = MiniBatchKMeans(clusters, n_init=1, random_state=0).fit_predict(units(embeddings))
    return np.asarray(numbers, dtype=np.int64)
