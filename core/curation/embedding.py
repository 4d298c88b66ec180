"""Embeddings of pictures by a frozen network: what finders and queries compare."""

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
"""Pictures from which on a set is looked at with one size, 28 % of the pixels: wrong labels are
then found a little less well (AUROC .902 instead of .917, `tests.benchmarks.label_errors`).
"""
_SMALL = 64
"""Side in pixels up to which pictures count as small."""

Advance = Callable[[int, int], None]
"""(pictures looked at, of how many)"""


def sizes(sides: Sequence[int]) -> tuple[int, ...]:
    """Return the input sizes that pictures of these sides (pixels) are looked at with.

    Several sizes see structures of several sizes; a large set is looked at with one. Enlarging
    small pictures only blurs them.
    """
    small = not len(sides) or float(np.median(sides)) <= _SMALL
    several = (96, 128, 160) if small else (128, 160, 224)
    return several if len(sides) < MANY else several[1:2]


def embed(
    samples: Sequence[JobSample],
    workspace: Path,
    eye: Encoder,
    size: int,
    advance: Advance = lambda done, total: None,
) -> Embeddings:
    """Return (N, D) embeddings of the samples' pictures, averaged over the views.

    Raises WeightsUnavailable, or AppError naming the first picture that cannot be read.
    """
    # Whatever its weights, the network only looks: no step of training has to be probed.
    looking = presets.named("quick", backbone=eye.backbone, init="imagenet", image_size=size)
    chosen = hardware_probe.choose(looking, workspace / "cache", threads=os.cpu_count() or 1)
    torch.manual_seed(0)
    network = networks.build(eye.backbone, 2, eye.init, taps=TAPS)
    hardware.place(network.module, chosen)
    how = InferenceConfig(
        size=size, views=VIEWS, precision=chosen.forward_precision, layout=chosen.layout
    )

    def read(first: int) -> list[Pixels]:
        return pixel_cache.read(samples[first : first + pixel_cache.AT_ONCE], workspace, size)

    # Decoded without the pixel cache: each picture is needed once.
    starts = range(0, len(samples), pixel_cache.AT_ONCE)
    parts: list[Embeddings] = []
    for first, stored in zip(
        starts, prefetch.in_order(read, starts, workers=1, depth=1), strict=True
    ):

        def count(done: int, before: int = first) -> None:
            advance(before + done, len(samples))

        parts.append(inference.forward(network, stored, how, count).embeddings)
    return np.concatenate(parts)
