"""Convolutions that do the work of the BatchNorm behind them while its statistics stand still.

With fixed statistics BatchNorm is one factor and one offset per channel:
norm(conv(x, w)) = conv(x, w * s) + (offset - mean * s), s = factor / sqrt(variance + epsilon).
So it can be drawn into the few weights of the convolution before it, instead of passing over every
place of every channel, forward and backward, which on a processor is a good part of a step.
Weights, factors and offsets go on learning through it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

Pair = tuple[str, str]
"""Names of a convolution and of the BatchNorm that alone reads what it puts out."""
_BEHIND = {"drop", "act"}
"""What timm's BatchNorm does after normalising, as children in this order."""


def pairs(module: Any, shape: Sequence[int]) -> tuple[Pair, ...]:
    """Return the pairs of a network, read off what autograd notes of an image of (C, H, W).

    Every layer of a pair is used once in the network, so no other layer needs its own output.
    """
    layers = {layer.weight: name for name, layer in module.named_modules() if _is_known(layer)}
    if not any(isinstance(module.get_submodule(name), nn.BatchNorm2d) for name in layers.values()):
        return ()
    training = module.training
    with torch.enable_grad():
        features = module.eval().forward_features(torch.zeros(1, *shape))
    module.train(training)
    graph = _graph(features.grad_fn)
    readers = Counter(source for sources in graph.values() for source in sources)

    def layer(step: Any, kind: type[nn.Module]) -> str | None:
        """Return the name of the layer, used once, whose step this is."""
        weight = graph[step][1] if len(graph.get(step, ())) > 1 else None
        name = layers.get(getattr(weight, "variable", None))
        right = name is not None and isinstance(module.get_submodule(name), kind)
        return name if right and readers[weight] == 1 else None

    foldable = []
    for step, sources in graph.items():
        norm = layer(step, nn.BatchNorm2d)
        conv = layer(sources[0], nn.Conv2d) if norm is not None else None
        if norm is not None and conv is not None and readers[sources[0]] == 1:
            foldable.append((conv, norm))
    return tuple(foldable)


def _is_known(layer: nn.Module) -> bool:
    if isinstance(layer, nn.BatchNorm2d):
        has_statistics = layer.affine and layer.track_running_stats
        return has_statistics and {name for name, _ in layer.named_children()} <= _BEHIND
    return isinstance(layer, nn.Conv2d)


def _graph(end: Any) -> dict[Any, list[Any]]:
    """Return the steps that led to one, each with the steps whose results it uses."""
    graph: dict[Any, list[Any]] = {}
    waiting = [end]
    while waiting:
        step = waiting.pop()
        if step is not None and step not in graph:
            graph[step] = [source for source, _ in step.next_functions]
            waiting += graph[step]
    return graph


@contextmanager
def folded(module: nn.Module, chosen: Sequence[Pair]) -> Iterator[None]:
    """Let the convolutions of pairs do the work of their BatchNorm within the block.

    A BatchNorm that learns its statistics (in training mode) does its own work.
    """
    shadowed = _shadows(module, chosen)
    try:
        for layer, values in shadowed:
            # An attribute goes before the registered weight of that name, which stays as it is.
            vars(layer).update(values)
        yield
    finally:
        for layer, values in shadowed:
            for name in values:
                vars(layer).pop(name, None)


def fold(module: nn.Module, chosen: Sequence[Pair]) -> None:
    """Let them do so from now on: for a network that learns nothing any more.

    For a single image, drawing weights together at each call costs much of a prediction.
    """
    with torch.no_grad():
        for layer, values in _shadows(module, chosen):
            vars(layer).update(values)


def _shadows(
    module: nn.Module, chosen: Sequence[Pair]
) -> list[tuple[nn.Module, Mapping[str, Any]]]:
    """Return the attributes that stand before those of the layers."""
    shadowed: list[tuple[nn.Module, Mapping[str, Any]]] = []
    for names in chosen:
        conv, norm = map(module.get_submodule, names)
        if not norm.training:
            shadowed += [(conv, _weights(conv, norm)), (norm, _rest(norm))]
    return shadowed


def _weights(conv: Any, norm: Any) -> dict[str, Tensor]:
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    mean = norm.running_mean if conv.bias is None else norm.running_mean - conv.bias
    return {
        "weight": conv.weight * scale[:, None, None, None],
        "bias": norm.bias - mean * scale,
    }


def _rest(norm: nn.Module) -> dict[str, nn.Module]:
    return {"forward": nn.Sequential(*norm.children())}
