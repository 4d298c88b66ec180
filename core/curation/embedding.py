"""Embeddings of images by a frozen network, for finders and query strategies."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from core.devices import hardware, prefetch
from core.imaging import pixel_cache
from core.imaging.squares import Pixels
from core.models import inference, networks
from core.models.inference import InferenceConfig
from core.profiling import hardware_probe
from core.settings import presets
from core.types import Embeddings, Encoder, JobSample

TAPS = 3
VIEWS = ("whole", "mirrored")
MANY = 10_000
"""Images from which on a set is embedded at one size, 28 % of the pixels: wrong labels are
then found a little less well (AUROC .902 instead of .917, `tests.benchmarks.label_errors`).
"""
_SMALL = 64
"""Side in pixels up to which images count as small."""

Advance = Callable[[int, int], None]
"""(images embedded, total)"""


def sizes(sides: Sequence[int]) -> tuple[int, ...]:
    """Return the input sizes at which images with these sides (pixels) are embedded.

    Several sizes see structures of several sizes; a large set is embedded at one. Enlarging
    small images only blurs them.
    """
    small = not len(sides) or float(np.median(sides)) <= _SMALL
    several = (96, 128, 160) if small else (128, 160, 224)
    return several if len(sides) < MANY else several[1:2]


def embed(
    samples: Sequence[JobSample],
    workspace: Path,
    encoder: Encoder,
    size: int,
    advance: Advance = lambda done, total: None,
) -> Embeddings:
    """Return (N, D) embeddings of the samples' images, averaged over the views.

    Raises WeightsUnavailable, or AppError naming the first image that cannot be read.
    """
    # Pretrained weights give the preset no epochs: then no training step is probed, and the network
    # only runs forward, whatever its own weights are.
    looking = presets.named("quick", backbone=encoder.backbone, init="imagenet", image_size=size)
    chosen = hardware_probe.choose(looking, workspace / "cache", threads=os.cpu_count() or 1)
    torch.manual_seed(0)
    network = networks.build(encoder.backbone, 2, encoder.init, taps=TAPS)
    hardware.place(network.module, chosen)
    how = InferenceConfig(
        size=size, views=VIEWS, precision=chosen.forward_precision, layout=chosen.layout
    )

    def read(first: int) -> list[Pixels]:
        return pixel_cache.read(samples[first : first + pixel_cache.AT_ONCE], workspace, size)

    # Decoded without the pixel cache: each image is needed once.
    starts = range(0, len(samples), pixel_cache.AT_ONCE)
    parts: list[Embeddings] = []
    for first, stored in zip(
        starts, prefetch.in_order(read, starts, workers=1, depth=1), strict=True
    ):

        def count(done: int, before: int = first) -> None:
            advance(before + done, len(samples))

        parts.append(inference.forward(network, stored, how, count).embeddings)
    return np.concatenate(parts)
