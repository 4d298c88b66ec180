"""Embeddings of a workspace's samples, looked at once and kept in its cache."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core import embedding, files, model
from core.embedding import Eye
from core.errors import AppError
from core.types import (
    Embeddings,
    ImageId,
    JobSample,
    Progress,
    ProgressCallback,
    Sample,
)
from storage import media, meta, runs
from storage.workspace import Workspace

_EYE = "issues.eye"
_DEFAULT = Eye(backbone="mobilenetv3_small_100", init="imagenet")


def eye(workspace: Workspace, backbone: str | None = None, init: str | None = None) -> Eye:
    """Return the network that looks at this workspace's pictures; the first use decides which."""
    wanted = Eye(backbone=backbone or _DEFAULT.backbone, init=_absolute(init or _DEFAULT.init))
    with workspace.transaction() as session:
        known = meta.get(session, _EYE)
        if known is None or backbone or init:
            meta.put(session, _EYE, json.dumps([wanted.backbone, wanted.init]))
            return wanted
    return Eye(backbone=json.loads(known)[0], init=json.loads(known)[1])


def choose(workspace: Workspace, backbone: str, init: str) -> Eye:
    """Set the network that looks, after checking that it can be made.

    Empty: what is used now. Raises WeightsUnavailable, or AppError for an unknown network.
    """
    now = eye_at_hand(workspace)
    model.check(backbone or now.backbone, init or now.init, ask_hub=True)
    return eye(workspace, backbone or now.backbone, init or now.init)


def weights_name(seen_by: Eye) -> str:
    """Return the weights as a person calls them: imagenet, random, or the name of a file."""
    return seen_by.init if seen_by.init in ("imagenet", "random") else Path(seen_by.init).name


def eye_at_hand(workspace: Workspace) -> Eye:
    """Return the network that looks without being asked: nothing is downloaded for it.

    The workspace's own, else that of its newest run, else ImageNet weights that are on this
    machine, else random weights, which still tell colours and textures apart.
    """
    with workspace.read() as session:
        known = meta.get(session, _EYE)
        used = [run.config for run in runs.all_runs(session)]
    if known is not None:
        return Eye(backbone=json.loads(known)[0], init=json.loads(known)[1])
    wanted = [Eye(backbone=str(it["backbone"]), init=str(it["init"])) for it in reversed(used)]
    return next(
        (one for one in [*wanted, _DEFAULT] if model.at_hand(one.backbone, one.init)),
        Eye(backbone=_DEFAULT.backbone, init="random"),
    )


def of(
    workspace: Workspace,
    found: Sequence[Sample],
    seen_by: Eye,
    progress: ProgressCallback = lambda progress: None,
) -> list[Embeddings]:
    """Return (N, D) for each input size; only pictures that are not kept yet are looked at.

    Raises WeightsUnavailable, or AppError naming the first picture that cannot be read.
    """
    with workspace.read() as session:
        sizes = embedding.sizes(media.sides(session))
    result = []
    for size in sizes:
        folder = workspace.cache / "embeddings" / _key(seen_by, size)
        known = _cached(folder)
        missing = [sample for sample in found if sample.id not in known]
        if missing:
            known |= _looked_at(workspace, missing, seen_by, size, progress)
            _keep(folder, known)
        result.append(np.stack([known[sample.id] for sample in found]))
    return result


def _looked_at(
    workspace: Workspace,
    missing: Sequence[Sample],
    seen_by: Eye,
    size: int,
    progress: ProgressCallback,
) -> dict[str, Embeddings]:
    with workspace.read() as session:
        stored = media.files(session, [ImageId(one.id) for one in missing])
    wanted = [
        JobSample(
            id=one.id,
            path=f"media/{stored[ImageId(one.id)]}",
            label=None,
            split=None,
            group=one.group,
        )
        for one in missing
    ]

    def advance(done: int, total: int) -> None:
        stage = f"Looking at pictures with {size} pixels"
        progress(Progress(stage=stage, done=done, total=total, seconds_left=None))

    vectors = embedding.embed(wanted, workspace.folder, seen_by, size, advance)
    return {sample.id: vector for sample, vector in zip(missing, vectors, strict=True)}


def _key(seen_by: Eye, size: int) -> str:
    weights = seen_by.init
    if weights not in ("imagenet", "random"):
        weights = hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
    return f"{seen_by.backbone}-{weights}-{size}-{len(embedding.VIEWS)}"


def _cached(folder: Path) -> dict[str, Embeddings]:
    try:
        with np.load(folder / "embeddings.npz", allow_pickle=False) as kept:
            return dict(zip(kept["ids"].tolist(), kept["vectors"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def _keep(folder: Path, known: Mapping[str, Embeddings]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"ids": np.array(list(known), dtype=np.str_), "vectors": np.stack([*known.values()])}
    files.replace_arrays(folder / "embeddings.npz", arrays)


def _absolute(init: str) -> str:
    if init in ("imagenet", "random"):
        return init
    if not Path(init).is_file():
        raise AppError(
            f"There is no weights file {init}.",
            title="Weights not found",
            hint="Check the name, or choose imagenet or random.",
        )
    return str(Path(init).resolve())
