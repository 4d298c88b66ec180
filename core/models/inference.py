"""A loaded model: images in, calibrated probabilities and embeddings out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2

from core.devices import hardware, prefetch
from core.imaging import squares, views
from core.imaging.squares import Pixels
from core.models import batchnorm_folding, checkpoint, compiled, network_stages, networks
from core.models.checkpoint import Meta
from core.models.compiled import Embed
from core.models.networks import Network, Preprocessing
from core.settings.config import Hardware, TrainConfig
from core.types import Embeddings, FloatArray, Probabilities

_BATCH = 32
"""Views in a forward pass."""
MANY = 3_000
"""Views of some hundred photographs: what is measured, and made ready, is meant for as many."""
_WORTH_COMPILING = 500 * 224**2
"""Pixels from which on a compiled network has made up for the seconds that compiling takes."""


@dataclass(frozen=True, kw_only=True)
class InferenceConfig:
    """How stored images are shown to a network."""

    size: int
    """Side of the network's input in pixels."""
    views: tuple[str, ...]
    precision: str
    """fp32 or bf16"""
    layout: str
    """channels_last or contiguous"""

    @classmethod
    def of_run(cls, config: TrainConfig, machine: Hardware, count: int) -> "InferenceConfig":
        """Return a run's way of inference on a machine, with `count` views of each image."""
        return cls(
            size=config.image_size,
            views=views.names(count),
            precision=machine.forward_precision,
            layout=machine.layout,
        )

    @property
    def images_per_batch(self) -> int:
        """All views of an image are in one batch."""
        return max(1, _BATCH // len(self.views))


@dataclass(frozen=True, kw_only=True)
class Output:
    """A network's output for N images in V views each."""

    logits: FloatArray
    """(N, V, K)"""
    embeddings: npt.NDArray[np.float32]
    """(N, D), means over the views"""
    view_embeddings: npt.NDArray[np.float32]
    """(N, V, D); (N, 0, D) where not asked for"""


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


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A checkpoint in memory. Made by `load`; use it from one thread at a time."""

    network: Network
    meta: Meta
    embed: Embed

    @property
    def classes(self) -> tuple[tuple[int, str], ...]:
        """(id, name) in the order of the columns."""
        return self.meta.classes

    def predict(self, images: Sequence[Image.Image]) -> tuple[Probabilities, Embeddings]:
        """Return (N, K) probabilities and (N, D) embeddings of upright RGB images."""
        stored = [squares.store(image, self.meta.stored_size) for image in images]
        return self.predict_stored(stored)

    def predict_stored(
        self,
        stored: Sequence[Pixels],
        advance: Callable[[int], None] = lambda done: None,
    ) -> tuple[Probabilities, Embeddings]:
        """Like `predict`, for images that are already resized to the stored size."""
        output = forward(self.network, stored, _config(self.meta), advance, embed=self.embed)
        return probabilities(output.logits, self.meta.temperature), output.embeddings


def load(folder: Path) -> Classifier:
    """Return the model of a checkpoint folder. Raises AppError where it is broken."""
    network, meta = checkpoint.load(folder)
    network.module.eval().to(memory_format=torch.channels_last)
    batchnorm_folding.fold(network.module, network.pairs)
    network = replace(network, pairs=())
    return Classifier(network=network, meta=meta, embed=embedder(network, _config(meta), MANY))


def _config(meta: Meta) -> InferenceConfig:
    return InferenceConfig(
        size=meta.image_size, views=meta.views, precision=meta.precision, layout="channels_last"
    )


def embedder(network: Network, config: InferenceConfig, views: int) -> Embed:
    """Return what embeds this many views: the compiled network where that pays."""
    worth = views * config.size**2 >= _WORTH_COMPILING
    return (_compiled if worth else _uncompiled)(network, config)


def _compiled(network: Network, config: InferenceConfig) -> Embed:
    """Return the compiled network; torch's where it cannot be compiled, or is on a GPU."""
    on_processor = hardware.of(network.module).type == "cpu"
    made = compiled.compiled(network, config.size, config.precision) if on_processor else None
    return made or _uncompiled(network, config)


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


def probabilities(logits: FloatArray, temperature: float) -> Probabilities:
    """Average the views' softmax: (N, V, K) logits -> (N, K), rows sum to one."""
    scaled = logits / temperature
    scaled = np.exp(scaled - scaled.max(axis=2, keepdims=True))
    shares: Probabilities = (scaled / scaled.sum(axis=2, keepdims=True)).mean(axis=1)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def forward(
    network: Network,
    stored: Sequence[Pixels],
    config: InferenceConfig,
    advance: Callable[[int], None] = lambda done: None,
    *,
    keep_views: bool = False,
    embed: Embed | None = None,
) -> Output:
    """Run a network in evaluation mode on stored squares; `advance` gets how many are done.

    `keep_views`: also return the embedding of every view, V times as much memory. `embed`: the
    network's embeddings, where it is compiled already.
    """
    head = network_stages.classifier(network.module)
    weight, bias = (part.detach().float().cpu().numpy() for part in (head.weight, head.bias))
    count, each, width = len(stored), len(config.views), head.in_features
    embed = embed or embedder(network, config, count * each)
    logits = np.empty((count, each, head.out_features))
    embeddings = np.empty((count, width), np.float32)
    kept = np.empty((count, each if keep_views else 0, width), np.float32)
    for done, batch in _batches(stored, config):
        by_view = embed(batch).reshape(-1, each, width)
        new = slice(done - len(by_view), done)
        logits[new] = by_view @ weight.T + bias
        embeddings[new] = by_view.mean(axis=1)
        kept[new] = by_view[:, : kept.shape[1]]
        advance(done)
    return Output(logits=logits, embeddings=embeddings, view_embeddings=kept)


def _batches(stored: Sequence[Pixels], config: InferenceConfig) -> Iterator[tuple[int, Pixels]]:
    """Yield (images done after it, all views of some images), prepared two batches ahead.

    Whole images in a batch: an image's result must not depend on its neighbours' views.
    """
    per_batch = config.images_per_batch

    def cut(start: int) -> Pixels:
        chosen = range(start, min(start + per_batch, len(stored)))
        return np.concatenate([views.cut(stored[i], config.size, config.views) for i in chosen])

    starts = range(0, len(stored), per_batch)
    for start, batch in zip(
        starts, prefetch.in_order(cut, starts, workers=1, depth=2), strict=True
    ):
        yield min(start + per_batch, len(stored)), batch
