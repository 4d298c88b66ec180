"""None of the known classes: is a picture far from everything the model was trained on?"""

from dataclasses import dataclass

import numpy as np

from core.data import nearest_neighbours
from core.types import Embeddings, FloatArray

QUANTILE = 0.99
"""Share of held-out pictures that must count as familiar."""


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """The training pictures' embeddings, and how far from them a familiar picture may be."""

    training: Embeddings
    """(N, D), rows of length 1."""
    limit: float
    """Cosine distance to the nearest training picture; beyond it a picture is novel."""


def familiarity(training: Embeddings, held_out: Embeddings) -> Familiarity:
    """Set the limit so that QUANTILE of the held-out pictures (validation) are familiar.

    Distance to the nearest neighbour after Sun et al. 2022, "Out-of-distribution detection with
    deep nearest neighbors", k = 1. Raises ValueError when either set is empty.
    """
    if not len(training) or not len(held_out):
        raise ValueError("familiarity needs training and held-out pictures")
    units = nearest_neighbours.unit_rows(training)
    limit = float(np.quantile(nearest(units, held_out), QUANTILE))
    return Familiarity(training=units, limit=limit)


def is_novel(known: Familiarity, embedding: Embeddings) -> bool:
    """Say whether one picture, (1, D), is further from all training pictures than the limit."""
    return float(nearest(known.training, embedding)[0]) > known.limit


def nearest(units: Embeddings, embeddings: Embeddings) -> FloatArray:
    """Return (M,) cosine distances, 0 = same direction, to the nearest of the unit rows."""
    queries = nearest_neighbours.unit_rows(embeddings)
    cosines = nearest_neighbours.search(queries, units, 1).cosines[:, 0]
    return 1 - cosines.astype(np.float64)
