"""Embeddings of many images by a frozen network, in one or several input sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.imaging.squares import Pixels
from core.models import inference, torch_inference
from core.models.feature_store import Features, Look
from core.models.inference import InferenceConfig
from core.models.networks import Network
from core.types import Embeddings, IntArray

AT_ONCE = 32
"""Images that are decoded, looked at and kept together."""

Advance = Callable[[int, int], None]
"""(images embedded, images to embed)"""
Read = Callable[[Sequence[int]], Sequence[Pixels]]
"""Returns the stored squares of samples, given their places."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Samples, and what is needed to look at those that nobody has looked at before."""

    ids: Sequence[str]
    read: Read
    network: Callable[[], Network]
    """Called once, when something has to be looked at."""


def embeddings(
    source: Source, looks: Sequence[Look], cache: Path, advance: Advance = lambda done, total: None
) -> list[Embeddings]:
    """Return (N, V, D) for each look, of all samples; what is missing is computed and kept.

    All looks have one encoder, and read squares of one size. An interrupted call goes on from
    where it was. Raises what `read` and `network` raise.
    """
    features = [Features(cache, look, source.ids) for look in looks]
    lacking = np.any([part.missing.any(axis=1) for part in features], axis=0).nonzero()[0]
    if len(lacking):
        _complete(source, features, lacking, cache, advance)
    return [part.values for part in features]


def _complete(
    source: Source, features: Sequence[Features], lacking: IntArray, cache: Path, advance: Advance
) -> None:
    network = source.network()
    views = [int(part.missing.sum()) for part in features]
    head = torch_inference.head(network)
    embed = [
        torch_inference.embedder(network, _config(part.look), count, cache)
        for part, count in zip(features, views, strict=True)
    ]
    work = sum(_work(part.look, count) for part, count in zip(features, views, strict=True))
    done = 0
    for first in range(0, len(lacking), AT_ONCE):
        rows = lacking[first : first + AT_ONCE]
        squares = dict(zip(rows.tolist(), source.read(rows.tolist()), strict=True))
        for part, look_at in zip(features, embed, strict=True):
            for gap in part.gaps(rows):
                each = _work(part.look, len(gap.views))

                def count(images: int, before: int = done, each: int = each) -> None:
                    advance((before + images * each) * len(lacking) // work, len(lacking))

                output = inference.run(
                    look_at,
                    head,
                    [squares[row] for row in gap.rows.tolist()],
                    _config(part.look, gap.views),
                    count,
                    keep_views=True,
                )
                part.add(gap, output.view_embeddings)
                done += each * len(gap.rows)


def _config(look: Look, views: tuple[str, ...] | None = None) -> InferenceConfig:
    return InferenceConfig(
        size=look.size, views=views or look.views, precision="fp32", layout="channels_last"
    )


def _work(look: Look, views: int) -> int:
    """Return what views cost, in pixels: a network's time grows with its input."""
    return views * look.size**2
