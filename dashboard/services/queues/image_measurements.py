"""Measurements of a workspace's images, taken once and kept in its cache."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core import files
from core.errors import AppError
from core.imaging import measurements
from core.imaging.measurements import ImageFacts
from core.types import ImageId, Progress, ProgressCallback, Sample
from dashboard.services.queues import stages
from storage.workspace import media
from storage.workspace.folder import Workspace

_FILE = "picture_facts.npz"
_NAMES = tuple(field.name for field in fields(ImageFacts))

Columns = dict[str, npt.NDArray[Any]]


def of(
    workspace: Workspace,
    included: Sequence[Sample],
    progress: ProgressCallback = lambda progress: None,
) -> ImageFacts:
    """Return what is measured on the samples' images, in their order.

    Only images that are not cached yet are opened. Raises AppError naming how many cannot be read.
    """
    path = workspace.cache / _FILE
    ids, columns = _cached(path)
    missing = sorted({sample.id for sample in included} - set(ids))
    if missing:
        fresh = _measured(workspace, missing, progress)
        columns = {name: np.concatenate([columns[name], fresh[name]]) for name in _NAMES}
        ids = [*ids, *missing]
        workspace.cache.mkdir(parents=True, exist_ok=True)
        files.replace_arrays(path, {"ids": np.array(ids, dtype=np.str_), **columns})
    place = {sample: row for row, sample in enumerate(ids)}
    rows = [place[sample.id] for sample in included]
    return ImageFacts(**{name: columns[name][rows] for name in _NAMES})


def _measured(workspace: Workspace, missing: Sequence[str], progress: ProgressCallback) -> Columns:
    with workspace.read() as session:
        stored = media.files(session, [ImageId(sample) for sample in missing])
    paths = [media.path(workspace, stored[ImageId(sample)]) for sample in missing]
    rows = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for done, row in enumerate(pool.map(_one, paths), start=1):
            rows.append(row)
            progress(Progress(stage=stages.MEASURING.name, done=done, total=len(paths)))
    broken = sum(row is None for row in rows)
    if broken:
        raise AppError(
            f"{broken} of {len(paths)} pictures are missing or broken in the workspace.",
            title="Pictures missing",
            hint="Put the media folder back as it was, or import those pictures again.",
        )
    facts = measurements.stack([row for row in rows if row is not None])
    return {name: getattr(facts, name) for name in _NAMES}


def _one(path: Path) -> measurements.One | None:
    try:
        return measurements.measure_file(path)
    except (OSError, SyntaxError, ValueError):
        return None


def _cached(path: Path) -> tuple[list[str], Columns]:
    columns = files.read_arrays(path, ("ids", *_NAMES))
    if columns is None:
        empty = measurements.stack([])
        return [], {name: getattr(empty, name) for name in _NAMES}
    ids = columns.pop("ids")
    # A measurement that is not a number is dropped: the image is measured again.
    whole = np.all([np.isfinite(column) for column in columns.values()], axis=0)
    return ids[whole].tolist(), {name: column[whole] for name, column in columns.items()}
