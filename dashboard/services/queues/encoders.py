"""Which frozen network looks at a workspace's images.

The dashboard asks for the candidates every second; torch is loaded only to see whether one of them
is on this machine.
"""

import json
from pathlib import Path

from core.errors import AppError
from core.types import Encoder
from storage.database import meta
from storage.runs import runs
from storage.workspace.folder import Workspace

_ENCODER = "issues.eye"
_DEFAULT = Encoder(backbone="mobilenetv3_small_100", init="imagenet")


def of(workspace: Workspace, backbone: str | None = None, init: str | None = None) -> Encoder:
    """Return the network that looks at this workspace's images; the first use decides which.

    Without a wish it is the one that looks in the dashboard, too; random weights are not kept
    then, so that trained ones look as soon as there are any. Raises
    WeightsUnavailable, or AppError for an unknown network: what cannot look is not kept.
    """
    if backbone or init:
        from core.models import networks

        wanted = Encoder(
            backbone=backbone or _DEFAULT.backbone, init=_absolute(init or _DEFAULT.init)
        )
        networks.check(wanted.backbone, wanted.init, ask_hub=True)
    else:
        wanted = at_hand(workspace)
    if backbone or init or wanted.init != "random":
        with workspace.transaction() as session:
            meta.put(session, _ENCODER, json.dumps([wanted.backbone, wanted.init]))
    return wanted


def weights_name(encoder: Encoder) -> str:
    """Return the weights as a person calls them: imagenet, random, or the name of a file."""
    return encoder.init if encoder.init in ("imagenet", "random") else Path(encoder.init).name


def candidates(workspace: Workspace) -> list[Encoder]:
    """Return what may look without being asked, the best first.

    The workspace's own alone where it has one; else those of its runs, newest first, and a usual
    one from ImageNet.
    """
    own = _own(workspace)
    if own is not None:
        return [own]
    with workspace.read() as session:
        used = [run.config for run in runs.all_runs(session)]
    trained = [
        Encoder(backbone=str(config["backbone"]), init=str(config["init"])) for config in used[::-1]
    ]
    return list(dict.fromkeys([*trained, _DEFAULT]))


def at_hand(workspace: Workspace) -> Encoder:
    """Return the first candidate that is on this machine: nothing is downloaded for it.

    Else random weights, which still tell colours and textures apart. Loads torch where the
    workspace has no network of its own.
    """
    own = _own(workspace)
    if own is not None:
        return own
    from core.models import networks

    return next(
        (
            candidate
            for candidate in candidates(workspace)
            if networks.at_hand(candidate.backbone, candidate.init)
        ),
        Encoder(backbone=_DEFAULT.backbone, init="random"),
    )


def _own(workspace: Workspace) -> Encoder | None:
    with workspace.read() as session:
        kept = meta.get(session, _ENCODER)
    if kept is None:
        return None
    backbone, init = json.loads(kept)
    return Encoder(backbone=backbone, init=init)


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
