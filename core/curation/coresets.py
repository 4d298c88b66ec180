"""Core-sets: which images represent the others, by distance to decided ones and by density.

Embeddings in, orders out; labels are not used.
"""

import numpy as np
import numpy.typing as npt

from core.data import nearest_neighbours
from core.types import Embeddings, FloatArray, IntArray

_CENTRES = 512
"""Samples that are ordered greedily; the rest is ordered by distance."""
_NEIGHBOURS = 10
_ROUND = 24
"""Queries that are chosen together; half a page."""
_ROUNDS = 20
_POOL = 6
"""Candidates per query of a round."""


def farthest_first(embeddings: Embeddings, decided: npt.NDArray[np.bool_]) -> FloatArray:
    """Return (N,) scores by k-centre greedy order: first what is farthest from all that is decided.

    `embeddings` are (N, D), `decided` (N,). Core-set selection after Sener and Savarese (2018).
    """
    units = _units(embeddings)
    distance = _distance_to_decided(units, decided)
    scores = np.zeros(len(units))
    left = np.flatnonzero(~decided)
    first = min(_CENTRES, len(left))
    for place in range(first):
        row = int(np.argmax(distance))
        scores[row] = 1 - 0.5 * place / first
        distance = np.minimum(distance, 1 - units @ units[row])
        distance[row] = -np.inf
    rest = np.isfinite(distance)
    # Cosine distances lie in [0, 2]: what was not reached comes behind what was.
    scores[rest] = np.clip(distance[rest], 0, 2) / 4.001
    return scores


def typical_first(embeddings: Embeddings, doubtful: IntArray) -> IntArray:
    """Return the rows in an order that asks, round by round, about typical doubtful images.

    `embeddings` are (N, D), `doubtful` rows, most doubtful first. Of the first `_POOL` times a
    round's size as many clusters are made as a round has questions, and the most typical image of
    each is asked: doubt without near-identical questions. After `_ROUNDS` rounds the rest follows
    as it came.
    """
    from sklearn.cluster import KMeans  # a second to load, and the dashboard only names strategies

    left = doubtful
    if len(left) <= _ROUND:
        return left
    units, typical = _units(embeddings), _density(embeddings)
    chosen: list[int] = []
    for _ in range(_ROUNDS):
        pool = left[: _POOL * _ROUND]
        if len(pool) <= _ROUND:
            break
        clusters = KMeans(_ROUND, n_init=1, random_state=0).fit_predict(units[pool])
        best: dict[int, int] = {}
        for row, cluster in zip(pool.tolist(), clusters.tolist(), strict=True):
            if cluster not in best or typical[row] > typical[best[cluster]]:
                best[cluster] = row
        chosen += best.values()
        left = left[~np.isin(left, list(best.values()))]
    return np.array([*chosen, *left.tolist()], dtype=np.int64)


def _units(embeddings: Embeddings) -> Embeddings:
    return nearest_neighbours.unit_rows(embeddings - embeddings.mean(axis=0))


def _distance_to_decided(units: Embeddings, decided: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the cosine distance to the nearest decided sample; -inf for those themselves."""
    if decided.any():
        nearest = nearest_neighbours.search(units, units[decided], 1)
        distance = 1 - nearest.cosines[:, 0].astype(np.float64)
    else:
        # Nothing is decided: the most typical sample opens, then what is farthest from it.
        distance = 1 + (units @ units.mean(axis=0)).astype(np.float64)
    distance[decided] = -np.inf
    return distance


def _density(embeddings: Embeddings) -> FloatArray:
    """Return (N,) mean cosine similarity to the nearest others: high = typical."""
    units = _units(embeddings)
    k = min(_NEIGHBOURS, len(units) - 1)
    if k < 1:
        return np.ones(len(units))
    others = nearest_neighbours.search(units, units, k, adjust=nearest_neighbours.without_self)
    return np.asarray(others.cosines.mean(axis=1), dtype=np.float64)
