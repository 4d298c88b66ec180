"""The 2-D map of a workspace's embeddings: computed with the queues, cached, queried by lasso."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import files
from core.curation import projection_2d
from core.curation.projection_2d import Positions
from core.types import Embeddings, SampleId
from storage.queries import map_points
from storage.queries.map_points import MapRow
from storage.workspace.folder import Workspace

GRID = 1000
"""Positions are whole numbers 0 .. 999 in the browser and in addresses."""
_FILE = "map.npz"

Corner = tuple[int, int]


def compute(
    workspace: Workspace, ids: Sequence[SampleId], embeddings: Embeddings, encoder: str
) -> None:
    """Lay out the samples as a network sees them, unless that has been done already."""
    kept = _load(workspace)
    if kept is not None and (set(kept.ids), kept.encoder) == (set(ids), encoder):
        return
    places = projection_2d.layout(embeddings)
    workspace.cache.mkdir(parents=True, exist_ok=True)
    arrays = {
        "ids": np.array(list(ids), dtype=np.str_),
        "places": places,
        "seen_by": np.array(encoder, dtype=np.str_),
    }
    files.replace_arrays(workspace.cache / _FILE, arrays)


def read(workspace: Workspace) -> dict[SampleId, Corner] | None:
    """Return where each sample lies; None before there is a map."""
    kept = _load(workspace)
    if kept is None:
        return None
    whole = np.clip(np.round(kept.places * GRID), 0, GRID - 1).astype(int).tolist()
    return {sample: (x, y) for sample, (x, y) in zip(kept.ids, whole, strict=True)}


def places(workspace: Workspace, ids: Sequence[SampleId]) -> Positions | None:
    """Return (N, 2) positions in [0, 1] of these samples; None where one has no place."""
    kept = _load(workspace)
    if kept is None:
        return None
    row = {sample: at for at, sample in enumerate(kept.ids)}
    if any(sample not in row for sample in ids):
        return None
    return kept.places[[row[sample] for sample in ids]]


def table(workspace: Workspace) -> pd.DataFrame:
    """Return every sample that is on the map: sample, file, label, predicted (class ids), status,
    whether something is suspected, and x, y (0 .. 999, y downwards).
    """
    with workspace.read() as session:
        rows = map_points.read(session)
    frame = pd.DataFrame(rows, columns=MapRow._fields)
    places = [(sample, x, y) for sample, (x, y) in (read(workspace) or {}).items()]
    placed = frame.merge(pd.DataFrame(places, columns=["sample", "x", "y"]), on="sample")
    return placed.astype({"label": "Int64", "predicted": "Int64"})


def inside(workspace: Workspace, area: Sequence[Corner]) -> tuple[SampleId, ...]:
    """Return the samples within a polygon of the map; none where there is no map."""
    places_of = read(workspace)
    if not places_of or len(area) < 3:
        return ()
    places: Positions = np.array(list(places_of.values()), dtype=np.float32)
    chosen = projection_2d.inside(places, np.array(area, dtype=np.float64))
    return tuple(sample for sample, here in zip(places_of, chosen, strict=True) if here)


@dataclass(frozen=True, kw_only=True)
class _Map:
    ids: list[SampleId]
    places: Positions
    encoder: str


def _load(workspace: Workspace) -> _Map | None:
    kept = files.read_arrays(workspace.cache / _FILE, ("ids", "places", "seen_by"))
    if kept is None:
        return None
    ids = [SampleId(sample) for sample in kept["ids"].tolist()]
    loaded = _Map(ids=ids, places=kept["places"], encoder=str(kept["seen_by"]))
    return loaded if loaded.places.shape == (len(loaded.ids), 2) else None
