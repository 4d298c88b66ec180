"""Local features of a workspace's images, and the cached vectors that they aggregate to."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from core import files
from core.curation import aggregated_features, local_features
from core.curation.aggregated_features import CENTRES, REDUCED, Codebook
from core.curation.local_features import LENGTH, Features
from core.types import Embeddings, ImageId, Progress, ProgressCallback, Sample
from dashboard.services.queues import stages
from storage.workspace import media
from storage.workspace.folder import Workspace

_VERSION = f"{local_features.VERSION}.{aggregated_features.VERSION}"
_CODEBOOK = f"codebook-{_VERSION}.npz"
_VECTORS = f"aggregated-{_VERSION}.npz"
_MOST = 6_000
"""Images whose features are in memory at a time (about 200 KB each)."""
_AT_ONCE = 500
"""Images between two reports of progress."""


class ImageFeatures:
    """Local features of some samples' images, by row; those that were used last are in memory."""

    def __init__(self, workspace: Workspace, included: Sequence[Sample]) -> None:
        with workspace.read() as session:
            stored = media.files(session, [ImageId(sample.id) for sample in included])
        self._paths = [media.path(workspace, stored[ImageId(sample.id)]) for sample in included]
        self._memory: dict[int, Features] = {}

    def of(self, rows: Sequence[int]) -> dict[int, Features]:
        """Return the features of some rows; an image that cannot be read has none."""
        wanted = dict.fromkeys(rows)
        new = [row for row in wanted if row not in self._memory]
        # What was wanted last stays longest.
        others = {row: kept for row, kept in self._memory.items() if row not in wanted}
        for row in list(others)[: max(0, len(others) + len(wanted) - _MOST)]:
            del others[row]
        here = {row: self._memory[row] for row in wanted if row in self._memory}
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            here |= dict(zip(new, pool.map(_read, (self._paths[row] for row in new)), strict=True))
        self._memory = others | here
        return here


def aggregated(
    workspace: Workspace,
    included: Sequence[Sample],
    features: ImageFeatures,
    progress: ProgressCallback = lambda progress: None,
) -> Embeddings:
    """Return (N, E) aggregated features; only images that have not been described yet are."""
    centres = _codebook(workspace.cache / _CODEBOOK, features, len(included))
    vectors = np.zeros((len(included), CENTRES * REDUCED), np.float32)
    if centres is None:
        return vectors
    path, learned = workspace.cache / _VECTORS, _digest(centres)
    kept = _kept(path, learned)
    missing = [row for row, sample in enumerate(included) if sample.id not in kept]
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        progress(Progress(stage=stages.FEATURES.name, done=start, total=len(missing)))
        # Products of a few hundred rows: threads would wait for each other.
        with threadpool_limits(1):
            for row, own in features.of(part).items():
                # As it will be read: the same state gives the same candidates each time.
                rounded = aggregated_features.aggregate(own, centres).astype(np.float16)
                kept[included[row].id] = rounded.astype(np.float32)
        _keep(path, kept, learned)
    for row, sample in enumerate(included):
        vectors[row] = kept[sample.id]
    return vectors


def _codebook(path: Path, features: ImageFeatures, count: int) -> Codebook | None:
    """Return the workspace's codebook; learned again when there are many more images than then."""
    wanted = min(count, aggregated_features.IMAGES)
    stored = files.read_arrays(path, ("centres", "images"))
    if (
        stored is not None
        and stored["centres"].shape == (CENTRES, LENGTH)
        and int(stored["images"]) * 2 > wanted
    ):
        centres: Codebook = stored["centres"]
        return centres
    rows = np.linspace(0, count - 1, wanted).astype(int).tolist()
    learned = aggregated_features.codebook(list(features.of(rows).values()))
    if learned is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace_arrays(path, {"centres": learned, "images": np.array(wanted)})
    return learned


def _digest(centres: Codebook) -> str:
    return hashlib.sha256(np.ascontiguousarray(centres).tobytes()).hexdigest()[:16]


def _keep(path: Path, vectors: Mapping[str, Embeddings], codebook: str) -> None:
    for other in set(path.parent.glob("aggregated-*.npz")) - {path}:
        other.unlink()  # of another version
    ids, values = np.array(list(vectors), dtype=np.str_), np.stack(list(vectors.values()))
    arrays = {"ids": ids, "vectors": values.astype(np.float16), "codebook": np.array(codebook)}
    files.replace_arrays(path, arrays)


def _kept(path: Path, codebook: str) -> dict[str, Embeddings]:
    """Return the vectors that were made with a codebook, by sample."""
    stored = files.read_arrays(path, ("ids", "vectors", "codebook"))
    if stored is None or str(stored["codebook"]) != codebook:
        return {}
    vectors = stored["vectors"].astype(np.float32)
    return dict(zip(stored["ids"].tolist(), vectors, strict=True))


def _read(path: Path) -> Features:
    try:
        with Image.open(path) as image:
            image.draft("RGB", (640, 640))
            return local_features.features(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        return local_features.NONE
