"""Embeddings on a plane: images that look alike lie together."""

import numpy as np
import numpy.typing as npt

from core.data import nearest_neighbours
from core.types import Embeddings

Positions = npt.NDArray[np.float32]
"""(N, 2), in [0, 1]"""

LANDMARKS = 2_500
"""Images that t-SNE lays out; the others are placed among them."""
FEWEST = 5
_DIMENSIONS = 50
_NEAREST = 5


def layout(embeddings: Embeddings) -> Positions:
    """Return positions for (N, D) embeddings, N >= 1; the same input gives the same plane.

    t-SNE (van der Maaten and Hinton 2008) of the principal components. With more than `LANDMARKS`
    rows, of as many drawn at random; every other row lies at the mean of its nearest landmarks,
    weighted by likeness. Axes have no unit and no direction.
    """
    from sklearn.decomposition import PCA  # a second to load, and the dashboard only reads maps

    count = len(embeddings)
    if count < FEWEST:
        return np.stack([np.linspace(0.1, 0.9, count), np.full(count, 0.5)], axis=1).astype(
            np.float32
        )
    spread = (embeddings - embeddings.mean(axis=0)) / (embeddings.std(axis=0) + 1e-6)
    width = min(_DIMENSIONS, count - 1, spread.shape[1])
    parts = PCA(width, random_state=0).fit_transform(spread).astype(np.float32)
    units = nearest_neighbours.unit_rows(parts)
    if count <= LANDMARKS:
        return _scaled(_tsne(units))
    chosen = np.sort(np.random.default_rng(0).choice(count, LANDMARKS, replace=False))
    places = _tsne(units[chosen])
    return _scaled(_placed(units, units[chosen], places))


def _tsne(units: Embeddings) -> Positions:
    from sklearn.manifold import TSNE

    places = TSNE(
        n_components=2,
        perplexity=min(30.0, (len(units) - 1) / 3),
        init="pca",
        random_state=0,
    ).fit_transform(units)
    return np.asarray(places, dtype=np.float32)


def _placed(units: Embeddings, landmarks: Embeddings, places: Positions) -> Positions:
    nearest = nearest_neighbours.search(units, landmarks, _NEAREST)
    weights = np.exp(20 * nearest.cosines)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((places[nearest.rows] * weights[:, :, None]).sum(axis=1), dtype=np.float32)


def _scaled(places: Positions) -> Positions:
    """Return the positions with margins, one scale for both axes."""
    low, high = places.min(axis=0), places.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    middle = (low + high) / 2
    return np.asarray(0.5 + 0.96 * (places - middle) / size, dtype=np.float32)


def inside(places: Positions, polygon: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which of (N, 2) positions lie in a closed (M, 2) polygon, by the even-odd rule."""
    crossings = np.zeros(len(places), dtype=np.int64)
    x, y = places[:, 0].astype(np.float64), places[:, 1].astype(np.float64)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        passes = (y1 > y) != (y2 > y)
        crossings += passes & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    is_inside: npt.NDArray[np.bool_] = crossings % 2 == 1
    return is_inside
