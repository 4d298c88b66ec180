"""A checkpoint: the whole network in `weights.safetensors`, all about it in `meta.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from core import files
from core.errors import AppError
from core.models import networks
from core.models.networks import Network, Preprocessing
from core.types import ClassId

WEIGHTS, META = "weights.safetensors", "meta.json"


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What has to be known to use a network's weights, and where they come from."""

    backbone: str
    arguments: Mapping[str, Any]
    classes: tuple[tuple[ClassId, str], ...]
    """(id, name) in column order, as they were when it was trained."""
    image_size: int
    stored_size: int
    preprocessing: Preprocessing
    views: tuple[str, ...]
    temperature: float
    """Divides the logits; above 1 makes the network less sure of itself."""
    precision: str
    """Of forward passes: fp32 or bf16."""
    best_epoch: int
    fingerprint: str
    about: Mapping[str, Any] = field(default_factory=dict)
    """Settings, hardware, versions, cost, history: for people, nothing is computed from it.

    Only `cost` differs between two runs of one job on one machine."""
    taps: int = 0
    """How many of the last blocks the classifier sees beside the embedding."""

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read what `save` wrote."""
        pixels = raw["preprocessing"]
        return cls(
            **{
                **{field.name: raw[field.name] for field in fields(cls) if field.name in raw},
                "classes": tuple((ClassId(number), name) for number, name in raw["classes"]),
                "preprocessing": Preprocessing(
                    mean=tuple(pixels["mean"]), std=tuple(pixels["std"])
                ),
                "views": tuple(raw["views"]),
            }
        )


def save(folder: Path, state: Mapping[str, Tensor], meta: Meta) -> None:
    """Write both files; meta.json last, so that where it stands the weights are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in state.items()}
    files.replace(folder / WEIGHTS, safetensors.torch.save(tensors, {"format": "pt"}))
    document = json.dumps({"format": 1, **asdict(meta)}, indent=1)
    files.replace(folder / META, document.encode())


def load(folder: Path) -> tuple[Network, Meta]:
    """Return the network with its weights, ready for prediction.

    Raises AppError where a file is missing or broken.
    """
    try:
        meta = Meta.from_json(json.loads((folder / META).read_bytes()))
        network = networks.rebuild(
            meta.backbone, len(meta.classes), meta.arguments, meta.preprocessing, meta.taps
        )
        network.module.load_state_dict(safetensors.torch.load_file(folder / WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as why:
        raise AppError(
            "The model's checkpoint is missing or broken.",
            title="Model not readable",
            hint="Use the model of another run, or train again.",
        ) from why
    network.module.eval()
    return network, meta
