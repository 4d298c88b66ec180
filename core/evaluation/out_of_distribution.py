"""Out-of-distribution detection: is an image far from all images that a model was trained on?"""

from dataclasses import dataclass

import numpy as np

from core.data import nearest_neighbours
from core.types import Embeddings, FloatArray

QUANTILE = 0.99
"""Share of held-out images that must count as familiar."""


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """The training images' embeddings, and how far from them a familiar image may be."""

    training: Embeddings
    """(N, D), rows of length 1."""
    limit: float
    """Cosine distance to the nearest training image; beyond it an image is novel."""


def familiarity(training: Embeddings, held_out: Embeddings) -> Familiarity:
    """Set the limit so that QUANTILE of the held-out images (validation) are familiar.

    Distance to the nearest neighbour after Sun et al. 2022, "Out-of-distribution detection with
    deep nearest neighbors", k = 1. Raises ValueError when either set is empty.
    """
    if not len(training) or not len(held_out):
        raise ValueError("familiarity needs training and held-out pictures")
    units = nearest_neighbours.unit_rows(training)
    limit = float(np.quantile(nearest(units, held_out), QUANTILE))
    return Familiarity(training=units, limit=limit)


def is_novel(reference: Familiarity, embedding: Embeddings) -> bool:
    """Say whether one image, (1, D), is further from all training images than the limit."""
    return float(nearest(reference.training, embedding)[0]) > reference.limit


def nearest(units: Embeddings, embeddings: Embeddings) -> FloatArray:
    """Return (M,) cosine distances, 0 = same direction, to the nearest of the unit rows."""
    queries = nearest_neighbours.unit_rows(embeddings)
    cosines = nearest_neighbours.search(queries, units, 1).cosines[:, 0]
    return 1 - cosines.astype(np.float64)
