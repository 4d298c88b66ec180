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
from core.models import batchnorm_folding, checkpoint, network_stages, networks
from core.models.checkpoint import Meta
from core.models.networks import Network, Preprocessing
from core.settings.config import Hardware, TrainConfig
from core.types import Embeddings, FloatArray, Probabilities

_BATCH = 32
"""Views in a forward pass."""


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
        config = InferenceConfig(
            size=self.meta.image_size,
            views=self.meta.views,
            precision=self.meta.precision,
            layout="channels_last",
        )
        output = forward(self.network, stored, config, advance)
        return probabilities(output.logits, self.meta.temperature), output.embeddings


def load(folder: Path) -> Classifier:
    """Return the model of a checkpoint folder. Raises AppError where it is broken."""
    network, meta = checkpoint.load(folder)
    network.module.eval().to(memory_format=torch.channels_last)
    batchnorm_folding.fold(network.module, network.pairs)
    return Classifier(network=replace(network, pairs=()), meta=meta)


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
) -> Output:
    """Run a network in evaluation mode on stored squares; `advance` gets how many are done.

    `keep_views`: also return the embedding of every view, V times as much memory.
    """
    module = network.module.eval()
    head = network_stages.classifier(module)
    count, each, width = len(stored), len(config.views), head.in_features
    logits = np.empty((count, each, head.out_features))
    embeddings = np.empty((count, width), np.float32)
    kept = np.empty((count, each if keep_views else 0, width), np.float32)
    device = hardware.of(module)
    for done, batch in _batches(stored, config):
        pixels = normalise(batch, network.preprocessing, device)
        if config.layout == "contiguous":
            pixels = pixels.contiguous()
        with torch.inference_mode():
            with hardware.half(device, config.precision):
                embedding = networks.embed(network, pixels)
            embedding = embedding.float()
            output = torch.nn.functional.linear(embedding, head.weight, head.bias)
        new = slice(done - len(batch) // each, done)
        logits[new] = output.cpu().numpy().reshape(-1, each, head.out_features)
        by_view = embedding.cpu().numpy().reshape(-1, each, width)
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
