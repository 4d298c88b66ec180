"""The networks: the only door to timm. Builds them and loads initial weights."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import AppError
from core.models import batchnorm_folding, checkpoint, network_stages, pretrained_weights
from core.models.checkpoint import Meta, Preprocessing, Weights
from core.models.network_stages import Stage


@dataclass(frozen=True, kw_only=True)
class Network:
    """A timm model with K outputs, and what is needed to build it again."""

    module: nn.Module
    backbone: str
    preprocessing: Preprocessing
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Extra arguments of `timm.create_model` that the weights ask for."""
    pretrained: bool = False
    taps: tuple[str, ...] = ()
    """Submodules whose pooled outputs the classifier sees beside the last layer's."""
    pairs: tuple[batchnorm_folding.Pair, ...] = ()
    """Convolutions that can do the work of the BatchNorm behind them."""


def build(
    backbone: str, classes: int, init: str, *, dropout: float = 0.0, taps: int = 0
) -> Network:
    """Return a network with `classes` outputs and initial weights.

    `taps` is how many of the last blocks the classifier sees beside the embedding: with few
    images, the texture and colour features of earlier blocks are worth more than they cost.

    `init` is "imagenet" (downloaded by timm once, then cached), "random" (drawn from torch's
    current seed) or the path of a weights file. Raises WeightsUnavailable, or AppError for a
    network that timm does not know.
    """
    return tapped(_untapped(backbone, classes, init, dropout), taps)


def _untapped(backbone: str, classes: int, init: str, dropout: float) -> Network:
    if init == "imagenet":
        pretrained_weights.require_hub(backbone, timm.get_pretrained_cfg(_known(backbone)))
        with pretrained_weights.hub_failures(backbone):
            module = _create(backbone, classes, dropout, {}, pretrained=True)
        return _network(module, backbone, {}, pretrained=True)
    if init == "random":
        return _network(_create(backbone, classes, dropout, {}), backbone, {}, pretrained=False)
    stored = pretrained_weights.read(Path(init), backbone)
    module = _create(backbone, classes, dropout, stored.arguments)
    pretrained_weights.fill(module, stored, network_stages.classifier_name(module))
    network = _network(module, backbone, stored.arguments, pretrained=True)
    if stored.mean is None or stored.std is None:
        return network
    return replace(network, preprocessing=Preprocessing(mean=stored.mean, std=stored.std))


def check(backbone: str, init: str, *, ask_hub: bool) -> None:
    """Raise what `build` would raise, without building anything.

    Without `ask_hub` nothing leaves this machine, and whether the hub answers stays open.
    """
    if init == "imagenet":
        pretrained = timm.get_pretrained_cfg(_known(backbone))
        pretrained_weights.require_published(backbone, pretrained)
        if ask_hub:
            pretrained_weights.require_hub(backbone, pretrained)
    elif init == "random":
        _known(backbone)
    else:
        stored = pretrained_weights.read(Path(init), backbone)
        with torch.device("meta"):
            module = _create(backbone, 2, 0.0, stored.arguments)
        pretrained_weights.fitting(module, stored, network_stages.classifier_name(module))


def at_hand(backbone: str, init: str) -> bool:
    """Say whether trained initial weights are on this machine; nothing is asked of the hub."""
    if init == "imagenet":
        return _is_known(backbone) and pretrained_weights.is_cached(
            timm.get_pretrained_cfg(backbone)
        )
    return init != "random" and Path(init).is_file()


def of_checkpoint(meta: Meta, weights: Weights) -> Network:
    """Return the network of a checkpoint, ready for prediction.

    Raises AppError where weights are missing, or have other shapes.
    """
    try:
        module = _create(meta.backbone, len(meta.classes), 0.0, meta.arguments)
        network = _network(module, meta.backbone, meta.arguments, pretrained=True)
        network = tapped(replace(network, preprocessing=meta.preprocessing), meta.taps)
        tensors = {name: torch.from_numpy(values) for name, values in weights.items()}
        network.module.load_state_dict(tensors)
    except (ValueError, TypeError, RuntimeError) as why:
        raise checkpoint.broken() from why
    network.module.eval()
    return network


def tapped(network: Network, taps: int) -> Network:
    """Return the network with a new classifier that also sees the last `taps` blocks."""
    if not taps:
        return network
    module: Any = network.module
    blocks = [
        stage
        for stage in network_stages.parts(module)
        if stage.name not in ("stem", "head", "classifier")
    ]
    chosen = replace(network, taps=tuple(name for b in blocks[-taps:] for name in b.modules))
    training = module.training
    module.eval()
    with torch.no_grad():
        width = embed(chosen, torch.zeros(1, *module.pretrained_cfg["input_size"])).shape[1]
    module.train(training)
    owner, _, name = network_stages.classifier_name(module).rpartition(".")
    wider = nn.Linear(width, network_stages.classifier(module).out_features)
    setattr(module.get_submodule(owner), name, wider)
    return chosen


def input_size(backbone: str) -> int:
    """Return the side in pixels that timm names for a network. Raises AppError if unknown."""
    settings: Any = timm.get_pretrained_cfg(_known(backbone))
    return 224 if settings is None else int(settings.input_size[-1])


def _known(backbone: str) -> str:
    if _is_known(backbone):
        return backbone
    close = difflib.get_close_matches(backbone, timm.list_models(), n=4)
    raise AppError(
        f"There is no network called {backbone!r}.",
        title="Unknown network",
        hint=f"Close to it are {', '.join(close)}."
        if close
        else "Choose one of the recommended networks, or any name that timm lists.",
    )


def _is_known(backbone: str) -> bool:
    try:
        # "network.tag" names one of a network's sets of weights; there may be no such tag.
        timm.get_pretrained_cfg(backbone)
    except RuntimeError:
        return False
    return bool(timm.is_model(backbone))


def _create(
    backbone: str,
    classes: int,
    dropout: float,
    arguments: Mapping[str, Any],
    *,
    pretrained: bool = False,
) -> nn.Module:
    module: nn.Module = timm.create_model(
        _known(backbone),
        pretrained=pretrained,
        num_classes=classes,
        drop_rate=dropout,
        **arguments,
    )
    return module


def _network(
    module: Any, backbone: str, arguments: Mapping[str, Any], *, pretrained: bool
) -> Network:
    pixels = module.pretrained_cfg
    return Network(
        module=module,
        backbone=backbone,
        preprocessing=Preprocessing(mean=tuple(pixels["mean"]), std=tuple(pixels["std"])),
        arguments=dict(arguments),
        pretrained=pretrained,
        pairs=batchnorm_folding.pairs(module, pixels["input_size"]),
    )


def embed(network: Network, pixels: Tensor) -> Tensor:
    """Return the classifier's input, (N, D), for a normalised batch (N, 3, S, S)."""
    return features_and_embedding(network, pixels)[1]


def logits(network: Network, pixels: Tensor) -> Tensor:
    """Return the network's outputs, (N, K), for a normalised batch (N, 3, S, S)."""
    outputs: Tensor = network_stages.classifier(network.module)(embed(network, pixels))
    return outputs


def features_and_embedding(network: Network, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the last features and the embedding, (N, D), of a normalised batch (N, 3, S, S)."""
    module: Any = network.module
    outputs: list[Tensor] = []
    hooks = [
        module.get_submodule(name).register_forward_hook(lambda _, __, out: outputs.append(out))
        for name in network.taps
    ]
    try:
        with batchnorm_folding.folded(module, network.pairs):
            features = module.forward_features(pixels)
    finally:
        for hook in hooks:
            hook.remove()
    last = module.forward_head(features, pre_logits=True)
    drop = float(getattr(module, "drop_rate", 0.0))
    # timm drops from the last embedding by itself.
    earlier = [functional.dropout(_pooled(module, out), drop, module.training) for out in outputs]
    return features, torch.cat([last, *earlier], dim=1)


def _pooled(module: Any, features: Tensor) -> Tensor:
    """Return the mean over positions, (N, C), of feature maps or tokens."""
    if features.ndim == 3:
        return features.mean(dim=1)
    channels_last = getattr(module, "output_fmt", "NCHW") == "NHWC"
    return features.mean(dim=(1, 2) if channels_last else (2, 3))


@cache
def stages(backbone: str, classes: int = 6) -> list[Stage]:
    """Return the stages of a network by name, without allocating its weights."""
    with torch.device("meta"):
        return network_stages.parts(_create(backbone, classes, 0.0, {}))
