"""Embeddings of a workspace's samples, computed once and kept in its cache."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core import files
from core.curation import embedding
from core.types import (
    Embeddings,
    Encoder,
    ImageId,
    JobSample,
    Progress,
    ProgressCallback,
    Sample,
)
from storage.workspace import media
from storage.workspace.folder import Workspace

_PART = 2_000
"""Images that are embedded before their embeddings are written."""


def of(
    workspace: Workspace,
    included: Sequence[Sample],
    encoder: Encoder,
    progress: ProgressCallback = lambda progress: None,
) -> list[Embeddings]:
    """Return (N, D) for each input size; only images that are not cached yet are embedded.

    Raises WeightsUnavailable, or AppError naming the first image that cannot be read.
    """
    with workspace.read() as session:
        sizes = embedding.sizes(media.sides(session))
    return [_of_size(workspace, included, encoder, size, progress) for size in sizes]


def _of_size(
    workspace: Workspace,
    included: Sequence[Sample],
    encoder: Encoder,
    size: int,
    progress: ProgressCallback,
) -> Embeddings:
    """Return (N, D); cached in parts, so that an interrupted call goes on from there."""
    folder = workspace.cache / "embeddings" / _key(encoder, size)
    vector_of = _cached(folder)
    missing = [sample for sample in included if sample.id not in vector_of]
    for first in range(0, len(missing), _PART):

        def advance(done: int, total: int, before: int = first) -> None:
            stage = f"Looking at pictures with {size} pixels"
            progress(
                Progress(stage=stage, done=before + done, total=len(missing), seconds_left=None)
            )

        part = missing[first : first + _PART]
        vectors = _looked_at(workspace, part, encoder, size, advance)
        _keep(folder, [sample.id for sample in part], vectors)
        vector_of |= {sample.id: vector for sample, vector in zip(part, vectors, strict=True)}
    return np.stack([vector_of[sample.id] for sample in included])


def _looked_at(
    workspace: Workspace,
    missing: Sequence[Sample],
    encoder: Encoder,
    size: int,
    advance: embedding.Advance,
) -> Embeddings:
    with workspace.read() as session:
        stored = media.files(session, [ImageId(sample.id) for sample in missing])
    wanted = [
        JobSample(
            id=sample.id,
            path=f"media/{stored[ImageId(sample.id)]}",
            label=None,
            split=None,
            group=sample.group,
        )
        for sample in missing
    ]
    return embedding.embed(wanted, workspace.folder, encoder, size, advance)


def _key(encoder: Encoder, size: int) -> str:
    weights = encoder.init
    if weights not in ("imagenet", "random"):
        weights = hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
    return f"{encoder.backbone}-{weights}-{size}-{len(embedding.VIEWS)}"


def _cached(folder: Path) -> dict[str, Embeddings]:
    """Return sample -> (D,); what is broken or holds no numbers is as if it were not there."""
    vector_of: dict[str, Embeddings] = {}
    for part in sorted(folder.glob("*.npz")):
        kept = files.read_arrays(part, ("ids", "vectors"))
        if kept is not None and kept["vectors"].ndim == 2:
            whole = np.isfinite(kept["vectors"]).all(axis=1)
            vector_of |= zip(kept["ids"][whole].tolist(), kept["vectors"][whole], strict=True)
    return vector_of


def _keep(folder: Path, ids: Sequence[str], vectors: Embeddings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("".join(ids).encode()).hexdigest()[:16]
    arrays = {"ids": np.array(ids, dtype=np.str_), "vectors": vectors}
    files.replace_arrays(folder / f"{name}.npz", arrays)
