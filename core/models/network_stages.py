"""The parts of a network: its stages from input to output, and its last layer."""

from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from core.errors import AppError


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of a network that is frozen or trained as a whole, from input to output."""

    name: str
    layers: int
    """Convolutions and fully connected layers."""
    parameters: int
    modules: tuple[str, ...]
    """Names of the timm model's submodules that belong to it."""
    tensors: tuple[str, ...] = ()
    """Names of parameters that belong to no submodule, like a transformer's positions."""


def classifier(module: Any) -> nn.Linear:
    """Return the last layer. Raises AppError if it is not one fully connected layer."""
    layer = module.get_classifier()
    if not isinstance(layer, nn.Linear):
        raise AppError(
            "This network does not end in one fully connected layer.",
            title="Network not supported",
            hint="Choose one of the recommended networks.",
        )
    return layer


def classifier_name(module: nn.Module) -> str:
    """Return the name of the last layer in the weights."""
    layer = classifier(module)
    return str(next(name for name, child in module.named_modules() if child is layer))


def parts(module: nn.Module) -> list[Stage]:
    """Return the stages of a network from input to classifier."""
    last = classifier_name(module)
    children = [
        (name, child) for name, child in module.named_children() if name != last and _size(child)
    ]
    # What comes first is the stem, even where it is a container of its own.
    containers = [name for name, child in children[1:] if isinstance(child, nn.Sequential)]
    stages: list[Stage] = []
    before: list[str] = []
    for name, child in children:
        if name not in containers:
            before.append(name)
            continue
        if before:
            stages.append(_stage(module, "stem", tuple(before)))
            before = []
        # One container holds all blocks (MobileNet): its parts are the stages. Several
        # containers (ResNet): each of them is one.
        inner = [name] if len(containers) > 1 else [f"{name}.{key}" for key in dict(_kids(child))]
        stages += [_stage(module, part.replace("s.", " "), (part,)) for part in inner]
    if before:
        stages.append(_stage(module, "head" if stages else "body", tuple(before)))
    own = {name: tensor.numel() for name, tensor in module.named_parameters(recurse=False)}
    start = replace(
        stages[0], parameters=stages[0].parameters + sum(own.values()), tensors=tuple(own)
    )
    return [start, *stages[1:], _stage(module, "classifier", (last,))]


def parameters(module: nn.Module, stage: Stage) -> list[nn.Parameter]:
    """Return the weights of one stage of a network."""
    weights = [p for name in stage.modules for p in module.get_submodule(name).parameters()]
    return weights + [module.get_parameter(name) for name in stage.tensors]


def _kids(module: nn.Module) -> list[tuple[str, nn.Module]]:
    return list(module.named_children())


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _stage(module: nn.Module, name: str, names: tuple[str, ...]) -> Stage:
    submodules = [module.get_submodule(part) for part in names]
    layers = sum(
        isinstance(child, nn.Conv2d | nn.Linear) for part in submodules for child in part.modules()
    )
    return Stage(name=name, layers=layers, parameters=sum(map(_size, submodules)), modules=names)
