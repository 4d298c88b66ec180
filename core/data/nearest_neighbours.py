"""Exact nearest-neighbour search by cosine similarity, in blocks that fit into memory.

The only such search over embeddings in memory; label errors, near duplicates, outliers, density,
the map and out-of-distribution detection use it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.types import Embeddings, IntArray

Cosines = npt.NDArray[np.float32]
Adjust = Callable[[Cosines, IntArray], None]
"""Changes a block of cosines in place: (B, M) values of the (B,) query rows to all references.
-inf keeps a reference from being a neighbour."""

_LEAST_NORM = 1e-12
_BLOCK = 2**24
"""Cosines in memory at a time: 64 MB in single precision."""


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The k nearest references of N queries, nearest first."""

    rows: IntArray
    """(N, k) rows of the references"""
    cosines: Cosines
    """(N, k) cosine similarities, 1 = the same direction; -inf where fewer than k were allowed"""


def unit_rows(vectors: Embeddings) -> Embeddings:
    """Return (N, D) vectors scaled to length one, so that dot products are cosines."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, _LEAST_NORM), dtype=np.float32)


def search(
    queries: Embeddings, references: Embeddings, k: int, *, adjust: Adjust | None = None
) -> Neighbours:
    """Return the `k` nearest of M references, (M, D), for each of N queries, (N, D), unit rows.

    k is cut to M. Of equally near references the lower row comes first.
    """
    k = min(k, len(references))
    rows = np.zeros((len(queries), k), dtype=np.int64)
    cosines = np.zeros((len(queries), k), dtype=np.float32)
    if not k:
        return Neighbours(rows=rows, cosines=cosines)
    for block in _blocks(len(queries), len(references)):
        similar = queries[block] @ references.T
        if adjust is not None:
            adjust(similar, np.arange(block.start, block.stop))
        rows[block], cosines[block] = _largest(similar, k)
    return Neighbours(rows=rows, cosines=cosines)


def without_self(similar: Cosines, rows: IntArray) -> None:
    """Adjust a search of rows among themselves: no row is its own neighbour."""
    similar[np.arange(len(rows)), rows] = -np.inf


def _largest(similar: Cosines, k: int) -> tuple[IntArray, Cosines]:
    if k == 1:
        best = similar.argmax(axis=1)[:, None]
    elif k < similar.shape[1]:
        candidates = np.argpartition(-similar, k - 1, axis=1)[:, :k]
        candidates.sort(axis=1)
        order = np.argsort(-np.take_along_axis(similar, candidates, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(candidates, order, axis=1)
    else:
        best = np.argsort(-similar, axis=1, kind="stable")
    return best, np.take_along_axis(similar, best, axis=1)


def _blocks(rows: int, references: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(1, references))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
