"""Heat maps: which parts of an image support a class (Grad-CAM)."""

import math
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.devices import hardware
from core.imaging import squares, views
from core.models import network_stages, networks, torch_inference
from core.models.checkpoint import Meta
from core.models.networks import Network
from core.types import FloatArray


def heat_map(network: Network, meta: Meta, image: Image.Image, class_index: int) -> FloatArray:
    """Return (height, width) of the image, in [0, 1]: high where the class is supported.

    Grad-CAM (Selvaraju et al. 2017) on the last feature maps; for a network without any, the
    size of the gradient at every pixel. All zero where nothing supports the class.
    `class_index` is a column of the network's outputs.
    """
    stored = squares.store(image, meta.stored_size)
    module: Any = network.module.eval()
    # Larger than the network was trained on where it allows that: a finer map.
    size = meta.image_size if _fixed_size(module) else stored.shape[0]
    batch = views.cut(stored, size, ("whole",))
    with torch.enable_grad():
        device = hardware.of(module)
        pixels = torch_inference.normalise(batch, network.preprocessing, device)
        pixels.requires_grad_()
        features, embedding = networks.features_and_embedding(network, pixels)
        logit = network_stages.classifier(module)(embedding)[0, class_index]
        spatial = _maps(module, features) is not None
        (gradient,) = torch.autograd.grad(logit, features if spatial else pixels)
    maps, slopes = _maps(module, features), _maps(module, gradient)
    if spatial and maps is not None and slopes is not None:
        heat = (slopes.mean(dim=(1, 2), keepdim=True) * maps).sum(dim=0).clamp(min=0)
    else:
        heat = gradient.abs().amax(dim=1)[0]
    return _spread(heat.detach().cpu(), image.size)


def _fixed_size(module: Any) -> bool:
    embedding = getattr(module, "patch_embed", None)
    return embedding is not None and bool(getattr(embedding, "strict_img_size", True))


def _maps(module: Any, features: Tensor) -> Tensor | None:
    """Return one image's feature maps as (channels, height, width), if it has any."""
    if features.ndim == 4:
        maps = features[0]
        return maps.permute(2, 0, 1) if getattr(module, "output_fmt", "NCHW") == "NHWC" else maps
    tokens = features[0][int(getattr(module, "num_prefix_tokens", 0)) :]
    side = math.isqrt(len(tokens))
    if features.ndim != 3 or side * side != len(tokens):
        return None
    return tokens.T.reshape(-1, side, side)


def _spread(heat: Tensor, size: tuple[int, int]) -> FloatArray:
    top = float(heat.max())
    if top <= 0:
        return np.zeros((size[1], size[0]))
    small = Image.fromarray((heat / top).numpy().astype(np.float32))
    large = np.asarray(small.resize(size, Image.Resampling.BICUBIC), dtype=np.float64)
    return large.clip(0, 1)
