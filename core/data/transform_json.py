"""Transforms as plain JSON: what a checkpoint keeps of its recipe, and builds again without pickle.

`[{"transform": "RandomHorizontalFlip", "p": 0.5}, ...]`: the name of the class and its arguments.
"""

import enum
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torchvision.transforms import v2

from core.data.fast_transforms import FusedColorJitter, RandomRotatedResizedCrop

_CLASSES: Mapping[str, type[v2.Transform]] = {
    made.__name__: made
    for made in (
        FusedColorJitter,
        RandomRotatedResizedCrop,
        v2.ColorJitter,
        v2.Compose,
        v2.CutMix,
        v2.MixUp,
        v2.Normalize,
        v2.RandomApply,
        v2.RandomChoice,
        v2.RandomErasing,
        v2.RandomHorizontalFlip,
        v2.RandomResizedCrop,
        v2.RandomRotation,
        v2.Resize,
        v2.ToDtype,
    )
}
"""Name -> class: nothing else is ever built from a file."""


def to_json(transform: v2.Transform) -> dict[str, Any]:
    """Return the name and the arguments of a transform as JSON values.

    Raises KeyError for a class that cannot be built again.
    """
    name = type(transform).__name__
    arguments = inspect.signature(_CLASSES[name]).parameters
    values = {key: _value(getattr(transform, key, None)) for key in arguments}
    return {"transform": name, **{key: value for key, value in values.items() if value is not None}}


def from_json(document: Mapping[str, Any]) -> v2.Transform:
    """Return the transform that `to_json` has described.

    Raises KeyError for an unknown class, TypeError or ValueError for impossible arguments.
    """
    arguments = {key: _argument(value) for key, value in document.items() if key != "transform"}
    return _CLASSES[document["transform"]](**arguments)


def _value(value: Any) -> Any:
    if isinstance(value, v2.Transform):
        return to_json(value)
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(part) for part in value]
    return value


def _argument(value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_json(value) if "transform" in value else getattr(torch, value["dtype"])
    if not isinstance(value, list):
        return value
    parts = [_argument(part) for part in value]
    return parts if any(isinstance(part, v2.Transform) for part in parts) else tuple(parts)
