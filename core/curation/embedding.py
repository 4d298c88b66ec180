"""How a frozen network looks at images for finders and query strategies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from core.devices import hardware
from core.imaging import pixel_cache
from core.imaging.squares import Pixels
from core.models import embedding, networks
from core.models.embedding import Advance, Source
from core.models.feature_store import Look
from core.models.networks import Network
from core.settings import presets
from core.settings.config import Hardware
from core.types import Embeddings, Encoder, JobSample

TAPS = 3
VIEWS = ("whole", "mirrored")
MANY = 10_000
"""Images from which on a set is embedded at one size, 28 % of the pixels: wrong labels are
then found a little less well (AUROC .902 instead of .917, `tests.benchmarks.label_errors`).
"""
_SMALL = 64
"""Side in pixels up to which images count as small."""


def sizes(sides: Sequence[int]) -> tuple[int, ...]:
    """Return the input sizes at which images with these sides (pixels) are embedded.

    Several sizes see structures of several sizes; a large set is embedded at one. Enlarging
    small images only blurs them.
    """
    small = not len(sides) or float(np.median(sides)) <= _SMALL
    several = (96, 128, 160) if small else (128, 160, 224)
    return several if len(sides) < MANY else several[1:2]


def looks(encoder: Encoder, sides: Sequence[int]) -> list[Look]:
    """Return how a set whose images have these sides (pixels) is looked at."""
    chosen = sizes(sides)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # As the presets look at images of the largest size: what either has seen serves both.
    stored = presets.named("quick", init="imagenet", image_size=chosen[-1]).stored_size
    return [
        Look(encoder=encoder, taps=TAPS, size=size, stored=stored, views=VIEWS, device=device)
        for size in chosen
    ]


def embed(
    samples: Sequence[JobSample],
    workspace: Path,
    chosen: Sequence[Look],
    advance: Advance = lambda done, total: None,
) -> list[Embeddings]:
    """Return (N, D) embeddings of the samples' images for each look, averaged over the views.

    Only what the workspace has not kept is computed. Raises WeightsUnavailable, or AppError
    naming the first image that cannot be read.
    """
    first = chosen[0]

    def network() -> Network:
        torch.manual_seed(0)
        built = networks.build(first.encoder.backbone, 2, first.encoder.init, taps=first.taps)
        hardware.place(built.module, Hardware(threads=torch.get_num_threads(), device=first.device))
        return built

    def read(rows: Sequence[int]) -> list[Pixels]:
        # Without the pixel cache: each image is needed once.
        return pixel_cache.read([samples[row] for row in rows], workspace, first.stored)

    source = Source(ids=[sample.id for sample in samples], read=read, network=network)
    by_look = embedding.embeddings(source, chosen, workspace / "cache", advance)
    return [values.mean(axis=1) for values in by_look]
