"""Inference in numpy: images in, calibrated probabilities and embeddings out.

What embeds the images is given; nothing here needs torch, so that a process which only predicts
with a network that is kept compiled never loads it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.devices import prefetch
from core.imaging import squares, views
from core.imaging.squares import Pixels
from core.models import checkpoint, compiled
from core.models.checkpoint import Meta, Weights
from core.models.compiled import Embed, Recipe
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
    def of_run(cls, config: TrainConfig, machine: Hardware, count: int) -> Self:
        """Return a run's way of inference on a machine, with `count` views of each image."""
        return cls(
            size=config.image_size,
            views=views.names(count),
            precision=machine.forward_precision,
            layout=machine.layout,
        )

    @classmethod
    def of_checkpoint(cls, meta: Meta) -> Self:
        """Return how a checkpoint is asked."""
        return cls(
            size=meta.image_size,
            views=meta.views,
            precision=meta.precision,
            layout="channels_last",
        )

    @property
    def images_per_batch(self) -> int:
        """All views of an image are in one batch."""
        return max(1, _BATCH // len(self.views))


@dataclass(frozen=True, kw_only=True)
class Head:
    """A linear classifier of embeddings: logits = embedding @ weight.T + bias."""

    weight: npt.NDArray[np.floating]
    """(K, D)"""
    bias: npt.NDArray[np.floating]
    """(K,)"""

    def logits(self, embeddings: npt.NDArray[np.float32]) -> FloatArray:
        """Return (..., K) for embeddings (..., D)."""
        logits: FloatArray = embeddings.astype(np.float64) @ self.weight.T + self.bias
        return logits


@dataclass(frozen=True, kw_only=True)
class Output:
    """A network's output for N images in V views each."""

    logits: FloatArray
    """(N, V, K)"""
    embeddings: npt.NDArray[np.float32]
    """(N, D), means over the views"""
    view_embeddings: npt.NDArray[np.float32]
    """(N, V, D); (N, 0, D) where not asked for"""


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A checkpoint in memory; use it from one thread at a time."""

    meta: Meta
    head: Head
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
        config = InferenceConfig.of_checkpoint(self.meta)
        output = run(self.embed, self.head, stored, config, advance)
        return probabilities(output.logits, self.meta.temperature), output.embeddings


def load_compiled(folder: Path, cache: Path) -> Classifier | None:
    """Return the model of a checkpoint folder, whose network the workspace's cache keeps compiled.

    None where it does not, or the checkpoint is of an earlier version: then torch has to load it.
    Raises AppError where the checkpoint is broken.
    """
    meta, weights = checkpoint.read(folder)
    names = f"{meta.classifier}.weight", f"{meta.classifier}.bias"
    if any(name not in weights for name in names):
        return None
    head = Head(weight=weights[names[0]], bias=weights[names[1]])
    embed = compiled.read(cache, recipe(meta, weights))
    return None if embed is None else Classifier(meta=meta, head=head, embed=embed)


def recipe(meta: Meta, weights: Weights) -> Recipe:
    """Return what a checkpoint's embeddings are computed with."""
    return Recipe(
        backbone=meta.backbone,
        arguments=meta.arguments,
        preprocessing=meta.preprocessing,
        size=meta.image_size,
        precision=meta.precision,
        width=weights[f"{meta.classifier}.weight"].shape[1],
        weights=compiled.digest(weights, apart_from=meta.classifier),
    )


def probabilities(logits: FloatArray, temperature: float) -> Probabilities:
    """Return (N, K): softmax of logits (N, V, K) / temperature, averaged over the V views."""
    scaled = logits / temperature
    scaled = np.exp(scaled - scaled.max(axis=2, keepdims=True))
    shares: Probabilities = (scaled / scaled.sum(axis=2, keepdims=True)).mean(axis=1)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def run(
    embed: Embed,
    head: Head,
    stored: Sequence[Pixels],
    config: InferenceConfig,
    advance: Callable[[int], None] = lambda done: None,
    *,
    keep_views: bool = False,
) -> Output:
    """Run a network on stored squares; `advance` gets how many are done.

    `keep_views`: also return the embedding of every view, V times as much memory.
    """
    (classes, width), each, count = head.weight.shape, len(config.views), len(stored)
    logits = np.empty((count, each, classes))
    embeddings = np.empty((count, width), np.float32)
    kept = np.empty((count, each if keep_views else 0, width), np.float32)
    for done, batch in _batches(stored, config):
        by_view = embed(batch).reshape(-1, each, width)
        new = slice(done - len(by_view), done)
        logits[new] = head.logits(by_view)
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
