"""From a torch network to one that is compiled for this processor, by way of OpenVINO's reader."""

import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.models import compiled, network_stages, networks
from core.models.compiled import Embed, Recipe
from core.models.networks import Network

log = logging.getLogger(__name__)


class FromPixels(nn.Module):
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


def compile_network(
    network: Network, size: int, precision: str = "fp32", cache: Path | None = None
) -> Embed | None:
    """Compile a network as it is now for inputs of `size` pixels a side, on torch's threads.

    Takes one to four seconds, or a fifth of one where the workspace's cache keeps it. None where it
    cannot be compiled, where the result differs from torch's, and where there is no OpenVINO for
    this system: then torch computes.
    """
    if compiled.openvino() is None:
        return None
    recipe = _recipe(network, size, precision, cache)
    threads = torch.get_num_threads()
    kept = None if cache is None else compiled.read(cache, recipe, threads)
    if kept is not None:
        return kept
    layer = FromPixels(network).eval()
    images = torch.from_numpy(compiled.examples(size))
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # torch.jit, which it reads networks with, is deprecated.
            warnings.simplefilter("ignore")
            graph = _graph(layer, images)
            expected = layer(images).numpy()
        graph.reshape([-1, size, size, 3])
        return compiled.make(graph, recipe, expected, threads, cache)
    except Exception:  # its own kinds, for an operation that it, or its tracing, does not know
        log.info("%s is not compiled: torch computes", network.backbone, exc_info=True)
        return None


def keep(network: Network, size: int, precision: str, cache: Path) -> None:
    """Let the workspace's cache keep a network compiled, where it does not yet."""
    if not compiled.is_kept(cache, _recipe(network, size, precision, cache)):
        compile_network(network, size, precision, cache)


def _recipe(network: Network, size: int, precision: str, cache: Path | None) -> Recipe:
    """Return what the network computes; where nothing is kept, its weights are not read for it."""
    state = {} if cache is None else network.module.state_dict()
    weights = {name: tensor.cpu().numpy() for name, tensor in state.items()}
    return Recipe(
        backbone=network.backbone,
        arguments=network.arguments,
        preprocessing=network.preprocessing,
        size=size,
        precision=precision,
        width=network_stages.classifier(network.module).in_features,
        weights=compiled.digest(weights, apart_from=network_stages.classifier_name(network.module)),
    )


def _graph(layer: nn.Module, images: Tensor) -> Any:
    import openvino.frontend.pytorch.ts_decoder as pytorch
    from openvino.frontend import FrontEndManager

    decoder = pytorch.TorchScriptPythonDecoder(layer, example_input=(images,))
    reader = FrontEndManager().load_by_framework("pytorch")
    return reader.convert(reader.load(decoder))
