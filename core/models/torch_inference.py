"""Inference with torch, and the choice between torch and the compiled network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from core.devices import hardware
from core.imaging.squares import Pixels
from core.models import (
    batchnorm_folding,
    checkpoint,
    inference,
    network_stages,
    networks,
    tracing,
)
from core.models.checkpoint import Preprocessing
from core.models.compiled import Embed
from core.models.inference import Classifier, Head, InferenceConfig, Output
from core.models.networks import Network
from core.types import Embeddings

MANY = 3_000
"""Views of some hundred photographs: what is measured, and made ready, is meant for as many."""
_WORTH_COMPILING = 500 * 224**2
"""Pixels from which on a compiled network has made up for the seconds that compiling takes."""


def normalisation(preprocessing: Preprocessing) -> v2.Compose:
    """Return the transform from uint8 images (..., 3, H, W) to a network's input, float32."""
    return v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean=preprocessing.mean, std=preprocessing.std, inplace=True),
        ]
    )


def normalise(
    batch: Pixels, preprocessing: Preprocessing, device: torch.device | str = "cpu"
) -> Tensor:
    """Return (N, 3, S, S) float32 on a device, channels last in memory, of (N, S, S, 3) uint8."""
    # The bytes travel to the device: a quarter of what the numbers would be.
    pixels = torch.from_numpy(np.ascontiguousarray(batch)).to(device).permute(0, 3, 1, 2)
    normalised: Tensor = normalisation(preprocessing)(pixels)
    return normalised


def load(folder: Path, cache: Path) -> Classifier:
    """Return the model of a checkpoint folder; the workspace's cache keeps it compiled.

    Raises AppError where the checkpoint is broken.
    """
    meta, weights = checkpoint.read(folder)
    network, config = networks.of_checkpoint(meta, weights), InferenceConfig.of_checkpoint(meta)
    # Kept however few pixels there are: the next start does without torch.
    embed = _compiled(network, config, cache)
    return Classifier(
        meta=meta,
        head=head(network),
        embed=embed or _uncompiled(for_prediction(network), config),
    )


def load_network(folder: Path) -> Network:
    """Return the network of a checkpoint folder, for more than its predictions.

    Raises AppError where the checkpoint is broken.
    """
    return for_prediction(networks.of_checkpoint(*checkpoint.read(folder)))


def for_prediction(network: Network) -> Network:
    """Return a network whose convolutions do the work of its BatchNorm for good."""
    network.module.eval().to(memory_format=torch.channels_last)
    batchnorm_folding.fold(network.module, network.pairs)
    return replace(network, pairs=())


def head(network: Network) -> Head:
    """Return a network's last layer."""
    layer = network_stages.classifier(network.module)
    weight, bias = (part.detach().float().cpu().numpy() for part in (layer.weight, layer.bias))
    return Head(weight=weight, bias=bias)


def forward(
    network: Network,
    stored: Sequence[Pixels],
    config: InferenceConfig,
    advance: Callable[[int], None] = lambda done: None,
    *,
    cache: Path | None = None,
) -> Output:
    """Run a network in evaluation mode on stored squares; `advance` gets how many are done.

    `cache` keeps the network compiled, where that pays.
    """
    embed = embedder(network, config, len(stored) * len(config.views), cache)
    return inference.run(embed, head(network), stored, config, advance)


def embedder(
    network: Network, config: InferenceConfig, views: int, cache: Path | None = None
) -> Embed:
    """Return what embeds this many views: the compiled network where that pays."""
    worth = views * config.size**2 >= _WORTH_COMPILING
    made = _compiled(network, config, cache) if worth else None
    return made or _uncompiled(network, config)


def keep_compiled(network: Network, config: InferenceConfig, cache: Path) -> None:
    """Let the workspace's cache keep the network compiled: who predicts need not load torch."""
    if hardware.of(network.module).type == "cpu":
        tracing.keep(network, config.size, config.precision, cache)


def _compiled(network: Network, config: InferenceConfig, cache: Path | None) -> Embed | None:
    """Return the compiled network; None where it cannot be compiled, or is on a GPU."""
    if hardware.of(network.module).type != "cpu":
        return None
    return tracing.compile_network(network, config.size, config.precision, cache)


def _uncompiled(network: Network, config: InferenceConfig) -> Embed:
    module = network.module.eval()
    device = hardware.of(module)

    def embed(batch: Pixels) -> Embeddings:
        pixels = normalise(batch, network.preprocessing, device)
        if config.layout == "contiguous":
            pixels = pixels.contiguous()
        with torch.inference_mode(), hardware.half(device, config.precision):
            embedding = networks.embed(network, pixels)
        numbers: Embeddings = embedding.float().cpu().numpy()
        return numbers

    return embed
