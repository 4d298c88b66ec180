"""Which images of a workspace overlap: each candidate compared once, the results cached."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from core import files
from core.curation import near_duplicates, similarity
from core.curation.local_features import Features
from core.curation.near_duplicates import Twin
from core.imaging.measurements import ImageFacts
from core.types import Embeddings, IntArray, Progress, ProgressCallback, Sample
from dashboard.services.queues import image_features, stages
from dashboard.services.queues.image_features import ImageFeatures
from storage.workspace.folder import Workspace

_FILE = f"overlaps-{near_duplicates.VERSION}.npz"
_AT_ONCE = 2_000
"""Pairs between two reports of progress."""
_ROUND = 20_000
"""Pairs, likeliest first, after which it is asked whether the next ones are worth their time."""
_LEAST_YIELD = 0.001
"""Share of overlapping pairs in a round below which it is not."""


def of(
    workspace: Workspace,
    included: Sequence[Sample],
    embeddings: Sequence[Embeddings],
    facts: ImageFacts,
    progress: ProgressCallback = lambda progress: None,
) -> list[Twin]:
    """Return the pairs of samples whose images overlap, most alike first.

    Images that cannot be read are in no pair. Candidates are compared likeliest first, until a
    whole round of them has next to nothing in common.
    """
    features = ImageFeatures(workspace, included)
    aggregated = image_features.aggregated(workspace, included, features, progress)
    _tell(progress, 1, 0, 0)
    pairs = near_duplicates.candidates(embeddings, aggregated, facts)
    neighbourhoods = similarity.neighbourhoods(embeddings[-1])
    path = workspace.cache / _FILE
    agreement_of = _cached(path)
    twins: list[Twin] = []
    for start in range(0, len(pairs), _ROUND):
        part = pairs[start : start + _ROUND]
        keys = [(included[row].id, included[other].id) for row, other in part.tolist()]
        missing = [place for place, key in enumerate(keys) if key not in agreement_of]
        if missing:
            order = _side_by_side(part[missing], neighbourhoods)
            missing = [missing[place] for place in order]
            tell = partial(_tell, progress, len(pairs), start + len(part) - len(missing))
            fresh = _looked_at(features, part[missing], tell)
            agreement_of |= {
                keys[place]: agreed for place, agreed in zip(missing, fresh, strict=True)
            }
            _keep(path, agreement_of)
        here = _overlapping(part, [agreement_of[key] for key in keys], facts)
        twins += here
        if len(here) < _LEAST_YIELD * len(part):
            break
    return sorted(twins, key=lambda twin: -twin.likeness)


def _overlapping(pairs: IntArray, agreed: Sequence[int], facts: ImageFacts) -> list[Twin]:
    """Return those of the pairs whose features agree, or whose hashes are nearly the same."""
    hashed = near_duplicates.by_hash(facts, pairs).tolist()
    twins = []
    for (row, other), features, likeness in zip(pairs.tolist(), agreed, hashed, strict=True):
        if features >= near_duplicates.ENOUGH:
            likeness = max(likeness, near_duplicates.likeness(features))
        if likeness:
            twins.append(Twin(row=row, other=other, likeness=likeness))
    return twins


def _side_by_side(pairs: IntArray, neighbourhoods: IntArray) -> list[int]:
    """Return the order in which pairs share most images with the pairs before them."""
    first, second = neighbourhoods[pairs[:, 0]], neighbourhoods[pairs[:, 1]]
    order = np.lexsort((pairs[:, 0], np.maximum(first, second), np.minimum(first, second)))
    return [int(place) for place in order]


def _tell(progress: ProgressCallback, total: int, known: int, done: int) -> None:
    """Tell how many of all pairs are compared: those that were known, and those done since."""
    progress(Progress(stage=stages.COMPARING.name, done=known + done, total=total))


def _looked_at(
    features: ImageFeatures, pairs: IntArray, advance: Callable[[int], None]
) -> list[int]:
    """Return how many features agree for each of the pairs; `advance` gets how many are done."""
    agreed: list[int] = []
    # Each thread compares a pair of its own: none divides its small product among threads.
    with threadpool_limits(1), ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for start in range(0, len(pairs), _AT_ONCE):
            advance(start)
            part = pairs[start : start + _AT_ONCE]
            here = features.of(part.ravel().tolist())
            agreed += pool.map(_overlap(here), part.tolist())
    advance(len(pairs))
    return agreed


def _overlap(features: Mapping[int, Features]) -> Callable[[Sequence[int]], int]:
    def agreed(pair: Sequence[int]) -> int:
        return near_duplicates.overlap(features[pair[0]], features[pair[1]])

    return agreed


def _cached(path: Path) -> dict[tuple[str, str], int]:
    stored = files.read_arrays(path, ("pairs", "agreed"))
    if stored is None:
        return {}
    pairs, agreed = stored["pairs"].tolist(), stored["agreed"].tolist()
    return {(first, other): number for (first, other), number in zip(pairs, agreed, strict=True)}


def _keep(path: Path, agreement_of: dict[tuple[str, str], int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for other in set(path.parent.glob("overlaps*.npz")) - {path}:
        other.unlink()  # of another version
    arrays = {
        "pairs": np.array(list(agreement_of), dtype=np.str_).reshape(-1, 2),
        "agreed": np.array(list(agreement_of.values()), dtype=np.int64),
    }
    files.replace_arrays(path, arrays)
