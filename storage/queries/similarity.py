"""Nearest samples in embedding space (the active checkpoint's, if any): the same for both views.

Cosine similarity over our own embeddings, in memory: ordering 20,000 samples takes milliseconds.
(FiftyOne's brain gives the same order; over filtered views it sometimes took seconds.)
"""

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import select

from core.errors import ViewUnavailable
from core.types import Embeddings, SampleId
from storage.database.run_tables import RunRow
from storage.workspace.folder import Workspace

LOOKED_AT = "looked-at"
"""Folder of the embeddings of queues and map, from before there is a trained model."""


@dataclass(frozen=True)
class _Loaded:
    """The embeddings of one run, each of length one."""

    stamp: tuple[str, int, int]
    ids: list[SampleId]
    places: dict[SampleId, int]
    units: Embeddings


class Neighbours:
    """Orders samples by likeness to one of them; keeps the active run's embeddings in memory."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def ranked(self, sample: SampleId) -> list[SampleId]:
        """Return all samples that have an embedding, nearest (the sample itself) first.

        Raises ViewUnavailable when there is no active checkpoint, it left no embeddings, or the
        sample is newer than it.
        """
        with self._lock:
            loaded = self._current()
        place = loaded.places.get(sample)
        if place is None:
            raise ViewUnavailable(
                "This picture is newer than the embeddings that it would be compared by.",
                title="No embedding",
                hint="Wait until the queues have been made again, or train a model again.",
            )
        likeness = loaded.units @ loaded.units[place]
        likeness[place] = np.inf
        return [loaded.ids[other] for other in np.argsort(-likeness, kind="stable")]

    def _current(self) -> _Loaded:
        folder = folder_of_active(self._workspace)
        try:
            state = (folder / "embeddings.npy").stat()
            stamp = folder.name, state.st_mtime_ns, state.st_size
            if self._loaded is None or self._loaded.stamp != stamp:
                self._loaded = _load(folder, stamp)
        except FileNotFoundError:
            raise none_yet() from None
        return self._loaded


def folder_of_active(workspace: Workspace) -> Path:
    """Return where the embeddings lie: the active checkpoint's, else those the queues are made of.

    There need not be any.
    """
    with workspace.read() as session:
        active = session.scalar(select(RunRow.id).where(RunRow.active))
    folder = workspace.cache / "embeddings"
    own = folder / (active or "none")
    return own if (own / "embeddings.npy").exists() else folder / LOOKED_AT


def write(folder: Path, ids: Sequence[SampleId], vectors: Embeddings) -> None:
    """Keep embeddings, (N, D); a reader sees the old ones or the new ones.

    Several processes may keep those of one run at once: they write the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = os.getpid()
    vectors_file, ids_file = folder / f"embeddings.{own}.part.npy", folder / f"ids.{own}.part"
    try:
        np.save(vectors_file, vectors, allow_pickle=False)
        ids_file.write_text(json.dumps(list(ids)), encoding="utf-8")
        vectors_file.replace(folder / "embeddings.npy")
        ids_file.replace(folder / "ids.json")
    finally:
        # Of a full disk, say, halves would stay behind.
        for file in (vectors_file, ids_file):
            file.unlink(missing_ok=True)


def read(folder: Path) -> tuple[list[SampleId], Embeddings]:
    """Return ids and (N, D) vectors of a folder of embeddings."""
    ids = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
    vectors = np.load(folder / "embeddings.npy", allow_pickle=False)
    return [SampleId(sample) for sample in ids], vectors.astype(np.float32)


def none_yet() -> ViewUnavailable:
    """Return the error that tells that there are no embeddings."""
    return ViewUnavailable(
        "Similar pictures are found by their embeddings, and there are none yet.",
        title="No embeddings",
        hint="Wait until the queues have been made, or train a model.",
    )


def _load(folder: Path, stamp: tuple[str, int, int]) -> _Loaded:
    ids, vectors = read(folder)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.maximum(norms, np.finfo(np.float32).tiny)
    return _Loaded(stamp, ids, {sample: place for place, sample in enumerate(ids)}, units)
