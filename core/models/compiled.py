"""A frozen network compiled for this processor: the only door to OpenVINO.

It computes what torch computes, up to rounding, several times as fast on a processor without
wide vector units (`tests.benchmarks.loop`), and gives an image the same numbers in
every batch where the network is convolutional.
"""

import sys
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.imaging.squares import Pixels
from core.models import networks
from core.models.networks import Network
from core.types import Embeddings

Embed = Callable[[Pixels], Embeddings]
"""Returns the embeddings (N, D) float32 of images (N, S, S, 3) uint8."""

_AT_ONCE = 4
"""Images in a pass: what lies between the layers of more leaves the processor's caches."""
_TOLERANCE = {"fp32": 1e-3, "bf16": 0.1}
"""Largest difference from torch, relative to the largest number of an embedding."""


class _FromPixels(nn.Module):
    """A network from images, (N, S, S, 3) uint8, to embeddings, (N, D)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.module = network.module
        self._network = network
        pixels = network.preprocessing
        self._mean = torch.tensor(pixels.mean)[:, None, None] * 255
        self._std = torch.tensor(pixels.std)[:, None, None] * 255

    def forward(self, images: Tensor) -> Tensor:
        """Embed images."""
        pixels = images.permute(0, 3, 1, 2).float()
        return networks.embed(self._network, (pixels - self._mean) / self._std)


def compiled(network: Network, size: int, precision: str = "fp32") -> Embed | None:
    """Compile a network as it is now for inputs of `size` pixels a side, on torch's threads.

    Takes one to four seconds. None where it cannot be compiled, where the result differs from
    torch's, and where there is no OpenVINO for this system: then torch computes.
    """
    openvino = _openvino()
    if openvino is None:
        return None
    layer = _FromPixels(network).eval()
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, size, size, 3), dtype=torch.uint8, generator=generator)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # torch.jit, which it reads networks with, is deprecated.
            warnings.simplefilter("ignore")
            graph = _graph(openvino, layer, images)
            expected = layer(images).numpy()
        graph.reshape([-1, size, size, 3])
        settings = {
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        run = _core().compile_model(graph, "CPU", settings)
    except (RuntimeError, TypeError, ValueError):
        return None  # an operation that OpenVINO, or its tracing, does not know

    def embed(batch: Pixels) -> Embeddings:
        parts = [batch[start : start + _AT_ONCE] for start in range(0, len(batch), _AT_ONCE)]
        # Copied: the library gives out memory that it writes to in its next call.
        return np.concatenate([np.array(run(np.ascontiguousarray(part))[0]) for part in parts])

    largest = float(np.abs(expected).max())
    difference = float(np.abs(embed(images.numpy()) - expected).max())
    return embed if difference <= _TOLERANCE[precision] * largest else None


def _graph(openvino: Any, layer: nn.Module, images: Tensor) -> Any:
    decoder = openvino.frontend.pytorch.ts_decoder.TorchScriptPythonDecoder(
        layer, example_input=(images,)
    )
    reader = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
    return reader.convert(reader.load(decoder))


@cache
def _core() -> Any:
    """Return the one core of this process, which stays for good.

    With the first core the library sets the stack on which this thread takes signals; with the
    last one it is unmapped, in whichever thread that happens: the next signal would kill us.
    """
    return _openvino().Core()


@cache
def _openvino() -> Any:
    """Return the library, or None. It reports its own import to its makers, unless kept from it."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
        import openvino.frontend.pytorch.ts_decoder
    except (ImportError, OSError):
        return None
    return openvino
