"""The recipes of augmentation, in the language of torchvision's transforms.

Validation and test images never pass through them: only `core.data.batches`, the previews in
*Balance* and `core.data.protocol_copies`, for a reproduced protocol whose leak is just that.
"""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from core.data import randomness
from core.data.fast_transforms import FusedColorJitter, RandomRotatedResizedCrop
from core.imaging.squares import Pixels

_QUARTER_TURNS = (90, 180, 270)
_GREY = 127


def training_transform(strength: str, size: int, erasing: float = 0.0) -> v2.Compose:
    """Return what turns a stored square into one training image of `size` pixels a side.

    `strength` is none, light or strong; `erasing` the share of images with a grey rectangle. Hue
    is never touched, since redness is a sign. Raises KeyError for another strength.
    """
    square = (1.0, 1.0)
    recipes: dict[str, list[v2.Transform]] = {
        "none": [resize(size)],
        "light": [
            v2.RandomHorizontalFlip(p=0.5),
            RandomRotatedResizedCrop(size, degrees=15, scale=(0.64, 1.0), ratio=square),
            FusedColorJitter(brightness=0.15, contrast=0.1, saturation=0.1),
        ],
        "strong": [
            v2.RandomHorizontalFlip(p=0.5),
            v2.RandomApply([v2.RandomChoice([_turn(angle) for angle in _QUARTER_TURNS])], p=0.5),
            RandomRotatedResizedCrop(size, degrees=30, scale=(0.3, 1.0), ratio=square),
            FusedColorJitter(brightness=0.25, contrast=0.25, saturation=0.2),
        ],
    }
    steps = recipes[strength]
    if erasing:
        steps.append(v2.RandomErasing(p=erasing, scale=(0.02, 0.25), ratio=(0.5, 2.0), value=_GREY))
    return v2.Compose(steps)


def published_transform(size: int) -> v2.Compose:
    """Return the recipe of the published protocol: rotation, zoom, brightness, horizontal flip."""
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(p=0.5),
            RandomRotatedResizedCrop(size, degrees=20, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
            FusedColorJitter(brightness=0.2),
        ]
    )


def resize(size: int) -> v2.Resize:
    """Return the transform from a stored square to the network's input of `size` pixels a side."""
    return v2.Resize((size, size), interpolation="bicubic", antialias=True)


def _turn(angle: int) -> v2.RandomRotation:
    return v2.RandomRotation(degrees=(angle, angle))


def apply(transform: v2.Transform, pixels: Pixels, generator: torch.Generator) -> Pixels:
    """Return the transformed image, (H, W, 3) -> (H', W', 3); it draws from `generator` only."""
    # A copy: what is mapped from the pixel cache must not be written to.
    image = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)
    with randomness.drawing_from(generator):
        changed = transform(image)
    return np.ascontiguousarray(changed.permute(1, 2, 0).numpy())


def augment(image: Image.Image, generator: torch.Generator, strength: str) -> Image.Image:
    """Return a randomly changed square image of the same size; `strength` none changes nothing."""
    transform = training_transform(strength, image.width)
    return Image.fromarray(apply(transform, np.asarray(image.convert("RGB")), generator))


def steps(
    image: Image.Image, size: int, generator: torch.Generator, strength: str
) -> list[tuple[str, Image.Image]]:
    """Return (caption, image) of every step from a photograph to the network's input."""
    resized = image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    changed = augment(resized, generator, strength)
    values = np.asarray(changed, dtype=np.float64) / 255
    standard = (values - values.mean()) / max(float(values.std()), 1e-6)
    visible = ((standard.clip(-2.5, 2.5) + 2.5) / 5 * 255).round().astype(np.uint8)
    return [
        (f"Original, {image.width} × {image.height}", image.convert("RGB")),
        (f"Resized to {size} × {size}", resized),
        (f"Augmented ({strength})", changed),
        ("Normalised", Image.fromarray(visible)),
    ]
