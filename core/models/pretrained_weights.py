"""Initial weights: from timm's hub where it can be reached, or from a local file, read safely."""

import logging
import pickle
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
from huggingface_hub import constants
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from core.errors import WeightsUnavailable
from core.models import hub

_HINT = "Choose a local weights file (.safetensors or .pth), or random initial weights."
# What the two readers raise on files that are truncated or of another format.
_BROKEN = (
    SafetensorError,
    pickle.UnpicklingError,
    struct.error,
    EOFError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, kw_only=True)
class StoredWeights:
    """A weights file: its tensors, and what its header says about their use."""

    path: Path
    tensors: Mapping[str, Tensor]
    arguments: Mapping[str, Any]
    mean: tuple[float, float, float] | None
    std: tuple[float, float, float] | None


def require_published(backbone: str, pretrained: Any) -> None:
    """Raise WeightsUnavailable for a network that was never trained on ImageNet."""
    if not getattr(pretrained, "hf_hub_id", None):
        raise WeightsUnavailable(
            f"timm has no ImageNet weights for {backbone}.", title="No weights", hint=_HINT
        )


def require_hub(backbone: str, pretrained: Any) -> None:
    """Raise WeightsUnavailable within seconds where the hub has to be asked but cannot be.

    The hub's own client would try again and again for a minute.
    """
    require_published(backbone, pretrained)
    if is_cached(pretrained):
        return
    if constants.HF_HUB_OFFLINE or not hub.answers(constants.ENDPOINT):
        raise _unreachable(backbone)


def is_cached(pretrained: Any) -> bool:
    """Say whether timm's ImageNet weights are on this machine already."""
    repository = getattr(pretrained, "hf_hub_id", None)
    if not repository:
        return False
    names = ("model.safetensors", "pytorch_model.bin")
    paths = (huggingface_hub.try_to_load_from_cache(repository, name) for name in names)
    return any(isinstance(path, str) for path in paths)


def _unreachable(backbone: str) -> WeightsUnavailable:
    return WeightsUnavailable(
        f"The ImageNet weights of {backbone} are not on this computer and cannot be downloaded "
        "from here.",
        title="No weights",
        hint=_HINT,
    )


@contextmanager
def hub_failures(backbone: str) -> Iterator[None]:
    """Turn the hub client's failures into one sentence."""
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        yield
    except (OSError, RuntimeError) as failure:
        raise _unreachable(backbone) from failure


def read(path: Path, backbone: str) -> StoredWeights:
    """Read a .safetensors or .pth file; nothing in it is ever executed.

    Raises WeightsUnavailable where it is missing, broken or made for another network.
    """
    if not path.is_file():
        raise WeightsUnavailable(
            f"There is no weights file {path}.", title="Weights not found", hint=_HINT
        )
    header: Mapping[str, str] = {}
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        else:
            tensors = _tensors(torch.load(path, map_location="cpu", weights_only=True))
    except _BROKEN as why:
        raise WeightsUnavailable(
            f"The weights file {path} cannot be read.",
            title="Weights not readable",
            hint="It must be a .safetensors file or a .pth file that holds nothing but weights.",
        ) from why
    made_for = header.get("architecture", backbone)
    if made_for != backbone:
        raise WeightsUnavailable(
            f"The weights file {path} belongs to {made_for}, not to {backbone}.",
            title="Weights of another network",
            hint=f"Choose the backbone {made_for}, or another file.",
        )
    return StoredWeights(
        path=path,
        tensors=tensors,
        arguments={"pad_type": header["pad_type"]} if "pad_type" in header else {},
        mean=_triple(header.get("mean")),
        std=_triple(header.get("std")),
    )


def _tensors(loaded: Any) -> dict[str, Tensor]:
    for key in ("state_dict", "model", "state_dict_ema"):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
    if not isinstance(loaded, dict):
        raise ValueError("no table of weights")
    return {
        str(name).removeprefix("module."): value
        for name, value in loaded.items()
        if isinstance(value, Tensor)
    }


def _triple(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    red, green, blue = (float(part) for part in text.split(","))
    return red, green, blue


def fill(module: nn.Module, stored: StoredWeights, head: str) -> None:
    """Copy the tensors into a network; a classifier head of another size is left as it is.

    Raises WeightsUnavailable naming what is missing, unknown or of another shape.
    """
    module.load_state_dict(fitting(module, stored, head), strict=False)


def fitting(module: nn.Module, stored: StoredWeights, head: str) -> dict[str, Tensor]:
    """Return the tensors that fit the network. Raises WeightsUnavailable if not enough do."""
    own = module.state_dict()
    ours = [name for name in own if name.startswith(f"{head}.")]
    same_head = all(
        name in stored.tensors and stored.tensors[name].shape == own[name].shape for name in ours
    )
    given = {
        name: tensor
        for name, tensor in stored.tensors.items()
        if same_head or not name.startswith(f"{head}.")
    }
    needed = [name for name in own if same_head or name not in ours]
    # Older files lack the counter of BatchNorm, which nothing is computed from.
    missing = [n for n in needed if n not in given and not n.endswith("num_batches_tracked")]
    shapes = [name for name in needed if name in given and given[name].shape != own[name].shape]
    unknown = [name for name in given if name not in own]
    broken = [
        name for name, tensor in given.items() if tensor.is_floating_point() and not _finite(tensor)
    ]
    problems = [
        f"{len(names)} {what} (first: {names[0]})"
        for what, names in (
            ("are missing", missing),
            ("have another shape", shapes),
            ("are unknown", unknown),
            ("hold values that are no numbers", broken),
        )
        if names
    ]
    if problems:
        raise WeightsUnavailable(
            f"The weights file {stored.path} does not fit: of its tensors, {', '.join(problems)}.",
            title="Weights of another network",
            hint="Choose the backbone that the file was made for, or another file.",
        )
    return given


def _finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())
