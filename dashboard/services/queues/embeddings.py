"""Embeddings of a workspace's samples, looked at once and kept in its cache."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core import files
from core.curation import embedding
from core.curation.embedding import Eye
from core.errors import AppError
from core.models import networks
from core.types import (
    Embeddings,
    ImageId,
    JobSample,
    Progress,
    ProgressCallback,
    Sample,
)
from storage.database import meta
from storage.runs import runs
from storage.workspace import media
from storage.workspace.folder import Workspace

_EYE = "issues.eye"
_PART = 2_000
"""Pictures that are looked at before they are kept."""
_DEFAULT = Eye(backbone="mobilenetv3_small_100", init="imagenet")


def eye(workspace: Workspace, backbone: str | None = None, init: str | None = None) -> Eye:
    """Return the network that looks at this workspace's pictures; the first use decides which.

    Without a wish it is the one that looks in the dashboard, too; random weights are not kept
    then, so that trained ones look as soon as there are any. Raises what `choose` raises.
    """
    if backbone or init:
        wanted = Eye(backbone=backbone or _DEFAULT.backbone, init=_absolute(init or _DEFAULT.init))
        # What cannot look must not be kept: it would fail everywhere from now on.
        networks.check(wanted.backbone, wanted.init, ask_hub=True)
    else:
        wanted = eye_at_hand(workspace)
    if backbone or init or wanted.init != "random":
        with workspace.transaction() as session:
            meta.put(session, _EYE, json.dumps([wanted.backbone, wanted.init]))
    return wanted


def choose(workspace: Workspace, backbone: str, init: str) -> Eye:
    """Set the network that looks, after checking that it can be made.

    Empty: what is used now. Raises WeightsUnavailable, or AppError for an unknown network.
    """
    now = eye_at_hand(workspace)
    networks.check(backbone or now.backbone, init or now.init, ask_hub=True)
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
        (one for one in [*wanted, _DEFAULT] if networks.at_hand(one.backbone, one.init)),
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
    return [_of_size(workspace, found, seen_by, size, progress) for size in sizes]


def _of_size(
    workspace: Workspace,
    found: Sequence[Sample],
    seen_by: Eye,
    size: int,
    progress: ProgressCallback,
) -> Embeddings:
    """Return (N, D); what is looked at is kept in parts: whoever is interrupted goes on there."""
    folder = workspace.cache / "embeddings" / _key(seen_by, size)
    known = _cached(folder)
    missing = [sample for sample in found if sample.id not in known]
    for first in range(0, len(missing), _PART):

        def advance(done: int, total: int, before: int = first) -> None:
            stage = f"Looking at pictures with {size} pixels"
            progress(
                Progress(stage=stage, done=before + done, total=len(missing), seconds_left=None)
            )

        part = missing[first : first + _PART]
        vectors = _looked_at(workspace, part, seen_by, size, advance)
        _keep(folder, [sample.id for sample in part], vectors)
        known |= {sample.id: vector for sample, vector in zip(part, vectors, strict=True)}
    return np.stack([known[sample.id] for sample in found])


def _looked_at(
    workspace: Workspace,
    missing: Sequence[Sample],
    seen_by: Eye,
    size: int,
    advance: embedding.Advance,
) -> Embeddings:
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
    return embedding.embed(wanted, workspace.folder, seen_by, size, advance)


def _key(seen_by: Eye, size: int) -> str:
    weights = seen_by.init
    if weights not in ("imagenet", "random"):
        weights = hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
    return f"{seen_by.backbone}-{weights}-{size}-{len(embedding.VIEWS)}"


def _cached(folder: Path) -> dict[str, Embeddings]:
    """Return sample -> (D,); what is broken or holds no numbers is as if it were not there."""
    known: dict[str, Embeddings] = {}
    for part in sorted(folder.glob("*.npz")):
        kept = files.read_arrays(part, ("ids", "vectors"))
        if kept is not None and kept["vectors"].ndim == 2:
            whole = np.isfinite(kept["vectors"]).all(axis=1)
            known |= zip(kept["ids"][whole].tolist(), kept["vectors"][whole], strict=True)
    return known


def _keep(folder: Path, ids: Sequence[str], vectors: Embeddings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("".join(ids).encode()).hexdigest()[:16]
    arrays = {"ids": np.array(ids, dtype=np.str_), "vectors": vectors}
    files.replace_arrays(folder / f"{name}.npz", arrays)


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
