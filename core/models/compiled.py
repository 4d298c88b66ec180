"""Networks compiled for this processor, and kept as they were compiled: the door to OpenVINO.

They compute what torch computes, up to rounding, several times as fast on a processor without
wide vector units (`tests.benchmarks.loop`), and give an image the same numbers in every batch
where the network is convolutional. What is kept needs no torch, and a tenth of the time.
"""

import hashlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from core import files
from core.imaging.squares import Pixels
from core.models.checkpoint import Preprocessing, Weights
from core.types import Embeddings

log = logging.getLogger(__name__)

Embed = Callable[[Pixels], Embeddings]
"""Returns the embeddings (N, D) float32 of images (N, S, S, 3) uint8."""

VERSION = 1
"""Of the code between pixels and embedding: what another one compiled is compiled again."""
_FOLDER = "compiled"
_MOST_KEPT = 8
"""Compiled networks in a workspace's cache; the one that was used longest ago gives way."""
_AT_ONCE = 4
"""Images in a pass: what lies between the layers of more leaves the processor's caches."""
_TOLERANCE = {"fp32": 1e-3, "bf16": 0.1}
"""Largest difference from torch, relative to the largest number of an embedding."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides what a compiled network computes."""

    backbone: str
    arguments: Mapping[str, Any]
    preprocessing: Preprocessing
    size: int
    """Side in pixels of the network's input."""
    precision: str
    """fp32 or bf16"""
    width: int
    """Numbers of an embedding: blocks that are pooled beside the last layer have no weights."""
    weights: str
    """Digest of all weights but the classifier's, which is no part of it."""

    @property
    def name(self) -> str:
        """Name of the file that keeps it."""
        code = VERSION, metadata.version("timm"), _version()
        content = json.dumps([asdict(self), code], sort_keys=True)
        return f"{hashlib.sha256(content.encode()).hexdigest()[:24]}.npz"


def digest(weights: Weights, *, apart_from: str) -> str:
    """Return the digest of a network's weights, without those of one layer."""
    total = hashlib.sha256()
    for name in sorted(weights):
        if name.rpartition(".")[0] != apart_from:
            values = np.asarray(weights[name], order="C")
            total.update(f"{name} {values.dtype} {values.shape}".encode())
            total.update(values.data)
    return total.hexdigest()


def read(cache: Path, recipe: Recipe, threads: int = 0) -> Embed | None:
    """Return the network that the workspace's cache keeps under a recipe, on so many threads.

    0 threads: one for each core. None where it keeps none, where that is damaged or cannot be used
    here, and where it does not compute on this processor what torch computed.
    """
    library = openvino()
    path = cache / _FOLDER / recipe.name
    kept = None if library is None else files.read_arrays(path, ("network", "expected"))
    if kept is None:
        return None
    try:
        network = kept["network"].tobytes()
        run = _core().import_model(network, "CPU", _settings(recipe.precision, threads))
        embed = _checked(run, recipe, kept["expected"])
    except Exception:  # whatever the library raises for another processor, or version
        log.info("a kept network is compiled again", exc_info=True)
        return None
    with suppress(OSError):
        os.utime(path)  # used just now
    return embed


def is_kept(cache: Path, recipe: Recipe) -> bool:
    """Say whether the workspace's cache has a file under a recipe."""
    return (cache / _FOLDER / recipe.name).is_file()


def make(
    graph: Any, recipe: Recipe, expected: Embeddings, threads: int, cache: Path | None = None
) -> Embed | None:
    """Compile a graph of the library from images to embeddings, and keep it where there is a cache.

    `expected` is what torch computes for `examples`. None where the result differs from that.
    Raises what the library raises.
    """
    run = _core().compile_model(graph, "CPU", _settings(recipe.precision, threads))
    embed = _checked(run, recipe, expected)
    if embed is not None and cache is not None:
        _keep(cache / _FOLDER, recipe, run, expected)
    return embed


def examples(size: int) -> Pixels:
    """Return the images (2, S, S, 3) on which a compiled network is compared with torch."""
    return np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)


def _checked(run: Any, recipe: Recipe, expected: Embeddings) -> Embed | None:
    def embed(batch: Pixels) -> Embeddings:
        parts = [batch[start : start + _AT_ONCE] for start in range(0, len(batch), _AT_ONCE)]
        # Copied: the library gives out memory that it writes to in its next call.
        return np.concatenate([np.array(run(np.ascontiguousarray(part))[0]) for part in parts])

    computed = embed(examples(recipe.size))
    if computed.shape != expected.shape:
        return None
    allowed = _TOLERANCE[recipe.precision] * float(np.abs(expected).max())
    return embed if float(np.abs(computed - expected).max()) <= allowed else None


def _keep(folder: Path, recipe: Recipe, run: Any, expected: Embeddings) -> None:
    """Write a compiled network; a full or read-only disk only costs the time to compile again."""
    network = np.array(np.void(run.export_model().getvalue()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.replace_arrays(folder / recipe.name, {"network": network, "expected": expected})
        newest_first = sorted(folder.glob("*.npz"), key=lambda path: -path.stat().st_mtime)
        for path in newest_first[_MOST_KEPT:]:
            path.unlink()
    except OSError:
        return


def _settings(precision: str, threads: int) -> dict[str, Any]:
    return {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "PERFORMANCE_HINT": "LATENCY",
        **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
    }


@cache
def _core() -> Any:
    """Return the one core of this process, which stays for good.

    With the first core the library sets the stack on which this thread takes signals; with the
    last one it is unmapped, in whichever thread that happens: the next signal would kill us.
    """
    return openvino().Core()


def _version() -> str:
    library = openvino()
    return "" if library is None else str(library.__version__)


@cache
def openvino() -> Any:
    """Return the library, or None. It reports its own import to its makers, unless kept from it."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino as library
    except (ImportError, OSError):
        return None
    return library
