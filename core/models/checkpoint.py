"""A checkpoint: the whole network in `weights.safetensors`, all about it in `meta.json`.

Read and written without torch, so that a process which only predicts need not load it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

from core import files
from core.errors import AppError
from core.types import ClassId

WEIGHTS, META = "weights.safetensors", "meta.json"

Weights = Mapping[str, npt.NDArray[Any]]
"""Parameters and buffers of a network by their names in torch."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How pixels in [0, 1] become the network's input: (pixel - mean) / std, per channel."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


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
    classifier: str = ""
    """Name of the last layer in the weights; empty in checkpoints of earlier versions."""

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


def save(folder: Path, weights: Weights, meta: Meta) -> None:
    """Write both files; meta.json last, so that where it stands the weights are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    # The library writes memory as it lies, and torch's may lie channels last.
    in_order = {name: np.asarray(values, order="C") for name, values in weights.items()}
    files.replace(folder / WEIGHTS, safetensors.numpy.save(in_order, {"format": "pt"}))
    document = json.dumps({"format": 1, **asdict(meta)}, indent=1)
    files.replace(folder / META, document.encode())


def read(folder: Path) -> tuple[Meta, dict[str, npt.NDArray[Any]]]:
    """Return what is known about a network, and its weights.

    Raises AppError where a file is missing or broken.
    """
    try:
        meta = Meta.from_json(json.loads((folder / META).read_bytes()))
        return meta, safetensors.numpy.load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as why:
        raise broken() from why


def broken() -> AppError:
    """Return what a person is told of a checkpoint that cannot be used."""
    return AppError(
        "The model's checkpoint is missing or broken.",
        title="Model not readable",
        hint="Use the model of another run, or train again.",
    )
