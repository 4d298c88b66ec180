"""A loaded model: pictures in, calibrated probabilities and embeddings out."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from core.devices import hardware
from core.imaging import views
from core.models import checkpoint, network_stages, networks
from core.models.checkpoint import Meta
from core.models.networks import Network, Preprocessing
from core.settings.config import Hardware, TrainConfig
from core.types import Embeddings, FloatArray, Probabilities

_BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a network says about N pictures seen in V views."""

    logits: FloatArray
    """(N, V, K)"""
    embeddings: npt.NDArray[np.float32]
    """(N, D), means over the views"""
    each_view: npt.NDArray[np.float32]
    """(N, V, D); (N, 0, D) where nobody asked for it"""


def normalise(
    batch: views.Pixels, preprocessing: Preprocessing, device: torch.device | str = "cpu"
) -> Tensor:
    """Return (N, 3, S, S) float32 on a device, channels last in memory, of (N, S, S, 3) bytes."""
    # The bytes travel: a quarter of what the numbers would be.
    pixels = torch.from_numpy(np.ascontiguousarray(batch)).to(device).permute(0, 3, 1, 2).float()
    mean = (torch.tensor(preprocessing.mean).view(1, 3, 1, 1) * 255).to(device)
    std = (torch.tensor(preprocessing.std).view(1, 3, 1, 1) * 255).to(device)
    return pixels.sub_(mean).div_(std)


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
        """Return (N, K) probabilities and (N, D) embeddings of upright RGB pictures."""
        stored = [views.store(image, self.meta.stored_size) for image in images]
        return self.predict_stored(stored)

    def predict_stored(
        self,
        stored: Sequence[views.Pixels],
        advance: Callable[[int], None] = lambda done: None,
    ) -> tuple[Probabilities, Embeddings]:
        """Like `predict`, for pictures that are already squeezed to the stored size."""
        seen = output(
            self.network,
            stored,
            Sight(
                size=self.meta.image_size,
                views=self.meta.views,
                precision=self.meta.precision,
                layout="channels_last",
            ),
            advance,
        )
        return probabilities(seen.logits, self.meta.temperature), seen.embeddings


@dataclass(frozen=True, kw_only=True)
class Sight:
    """How a network looks at stored pictures."""

    size: int
    views: tuple[str, ...]
    precision: str
    layout: str

    @classmethod
    def of(cls, config: TrainConfig, machine: Hardware, count: int) -> "Sight":
        """Return how a run's network looks on a machine, in `count` views of each picture."""
        return cls(
            size=config.image_size,
            views=views.names(count),
            precision=machine.forward_precision,
            layout=machine.layout,
        )


def load(folder: Path) -> Classifier:
    """Return the model of a checkpoint folder. Raises AppError where it is broken."""
    network, meta = checkpoint.load(folder)
    network.module.to(memory_format=torch.channels_last)
    return Classifier(network=network, meta=meta)


def probabilities(logits: FloatArray, temperature: float) -> Probabilities:
    """Average the views' softmax: (N, V, K) logits -> (N, K), rows sum to one."""
    scaled = logits / temperature
    scaled = np.exp(scaled - scaled.max(axis=2, keepdims=True))
    shares: Probabilities = (scaled / scaled.sum(axis=2, keepdims=True)).mean(axis=1)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def at_once(sight: Sight) -> int:
    """Return how many pictures a batch has: all views of a picture are looked at together."""
    return max(1, _BATCH // len(sight.views))


def output(
    network: Network,
    stored: Sequence[views.Pixels],
    sight: Sight,
    advance: Callable[[int], None] = lambda done: None,
    *,
    each_view: bool = False,
) -> Output:
    """Show pictures to a network in evaluation mode; `advance` hears how many are done.

    `each_view`: also return the embedding of every view, V times as much memory.
    """
    module = network.module.eval()
    head = network_stages.classifier(module)
    # Whole pictures per batch, so that a picture's result does not hang on its neighbours' views.
    per_batch = at_once(sight)
    count, each, width = len(stored), len(sight.views), head.in_features
    logits = np.empty((count, each, head.out_features))
    embeddings = np.empty((count, width), np.float32)
    kept = np.empty((count, each if each_view else 0, width), np.float32)
    device = hardware.of(module)
    for done, batch in _batches(stored, sight, per_batch):
        pixels = normalise(batch, network.preprocessing, device)
        if sight.layout == "contiguous":
            pixels = pixels.contiguous()
        with torch.inference_mode():
            with hardware.half(device, sight.precision):
                embedding = networks.embed(network, pixels)
            embedding = embedding.float()
            found = torch.nn.functional.linear(embedding, head.weight, head.bias)
        new = slice(done - len(batch) // each, done)
        logits[new] = found.cpu().numpy().reshape(-1, each, head.out_features)
        shown = embedding.cpu().numpy().reshape(-1, each, width)
        embeddings[new] = shown.mean(axis=1)
        kept[new] = shown[:, : kept.shape[1]]
        advance(done)
    return Output(logits=logits, embeddings=embeddings, each_view=kept)


def _batches(
    stored: Sequence[views.Pixels], sight: Sight, per_batch: int
) -> Iterator[tuple[int, views.Pixels]]:
    def cut(start: int) -> views.Pixels:
        chosen = range(start, min(start + per_batch, len(stored)))
        return np.concatenate([views.cut(stored[i], sight.size, sight.views) for i in chosen])

    with ThreadPoolExecutor(max_workers=1) as worker:
        starts = list(range(0, len(stored), per_batch))
        coming = [worker.submit(cut, start) for start in starts[:2]]
        for number, start in enumerate(starts):
            if number + 2 < len(starts):
                coming.append(worker.submit(cut, starts[number + 2]))
            yield min(start + per_batch, len(stored)), coming.pop(0).result()
