"""The balancing plan, and the random changes of training pictures.

Nothing here ever touches a validation or test picture: only `core.data.batches.training_batches`
and the previews in *Balance* call it, and `core.data.protocol_copies` for a reproduced protocol
whose leak is just that.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.types import BalanceMethod, BalancePlan, ClassId, FloatArray

_LUMA = np.array([0.299, 0.587, 0.114])
"""How bright red, green and blue look."""


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How far a random change may go."""

    flip: float
    """Chance of a left-right mirror image."""
    turn: float
    """Chance of a quarter turn either way, and of standing upside down."""
    rotation: float
    """Largest angle in degrees."""
    zoom: float
    """Smallest side of the part that is shown, as a share of the picture's side."""
    brightness: float
    """Largest relative change."""
    contrast: float
    saturation: float
    """Largest relative change; the hue is never touched, since redness is a sign."""


STRENGTHS: Mapping[str, Strength] = {
    "none": Strength(flip=0, turn=0, rotation=0, zoom=1, brightness=0, contrast=0, saturation=0),
    "light": Strength(
        flip=0.5, turn=0, rotation=15, zoom=0.8, brightness=0.15, contrast=0.1, saturation=0.1
    ),
    "strong": Strength(
        flip=0.5, turn=0.5, rotation=30, zoom=0.55, brightness=0.25, contrast=0.25, saturation=0.2
    ),
}


def plan(
    counts: Mapping[ClassId, int], method: BalanceMethod, target: int | None = None
) -> BalancePlan:
    """Return how many images of each class an epoch shows, and the classes' loss weights.

    `counts` are training images. Class weights are inverse to the class's share, with a mean of
    one over the images. Balanced sampling keeps the epoch's length. Augmentation adds changed
    copies to every class that has fewer than `target` images (None: than the largest class).
    A class without images stays without.
    """
    present = {key: count for key, count in counts.items() if count > 0}
    total = sum(present.values())
    shown = dict(counts)
    weights = dict.fromkeys(counts, 1.0)
    if method is BalanceMethod.CLASS_WEIGHTS:
        weights |= {key: total / (len(present) * count) for key, count in present.items()}
    elif method is BalanceMethod.BALANCED_SAMPLING:
        shown |= dict.fromkeys(present, round(total / max(1, len(present))))
    elif method is BalanceMethod.AUGMENTATION:
        goal = max(present.values(), default=0) if target is None else target
        shown |= {key: max(count, goal) for key, count in present.items()}
    return BalancePlan(method=method, target=shown, weights=weights)


def rng_for(seed: int, epoch: int, sample: str, copy: int = 0) -> np.random.Generator:
    """Return the randomness of one showing of one sample; it hangs on nothing else."""
    digest = hashlib.blake2b(sample.encode(), digest_size=8).digest()
    return np.random.default_rng([seed, epoch, copy, int.from_bytes(digest)])


def augment(image: Image.Image, rng: np.random.Generator, strength: str) -> Image.Image:
    """Return a randomly changed picture of the same size. Raises KeyError for another strength."""
    if strength == "none":
        return image
    changed = apply(np.asarray(image.convert("RGB")), image.size, rng, STRENGTHS[strength])
    return Image.fromarray(changed)


def apply(
    pixels: npt.NDArray[np.uint8],
    size: tuple[int, int],
    rng: np.random.Generator,
    strength: Strength,
) -> npt.NDArray[np.uint8]:
    """Turn, cut out, scale to `size` (width, height) and recolour a picture in two passes.

    OpenCV gives the interpreter lock back meanwhile: this runs beside the training step.
    """
    height, width = pixels.shape[:2]
    moved = cv2.warpAffine(
        pixels,
        _geometry(rng, strength, (width, height), size),
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        # Mirrored borders, so that a turned picture has no black corners to learn from.
        borderMode=cv2.BORDER_REFLECT_101,
    )
    changes = (strength.saturation, strength.contrast, strength.brightness)
    return recoloured(
        np.asarray(moved, dtype=np.uint8), *(1 + rng.uniform(-1, 1) * most for most in changes)
    )


def _geometry(
    rng: np.random.Generator,
    strength: Strength,
    source: tuple[int, int],
    size: tuple[int, int],
) -> FloatArray:
    """Return the (2, 3) map from a pixel (x, y) of the result to its place in the source."""
    angle = math.radians(rng.uniform(-1, 1) * strength.rotation)
    if rng.random() < strength.turn:
        angle += rng.choice((0.5, 1.0, 1.5)) * math.pi
    mirror = -1.0 if rng.random() < strength.flip else 1.0
    zoom = rng.uniform(strength.zoom, 1)
    shift = rng.uniform(-0.5, 0.5, size=2) * (1 - zoom) * source
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    scale = np.diag([mirror * zoom * source[0] / size[0], zoom * source[1] / size[1]])
    # A turn keeps shapes only in a square; the pictures that are trained on are square.
    linear = turn @ scale
    # Pixel 0 has its centre at 0: the middle of n pixels is (n - 1) / 2.
    offset = (np.array(source) - 1) / 2 + shift - linear @ ((np.array(size) - 1) / 2)
    return np.column_stack([linear, offset])


def recoloured(
    pixels: npt.NDArray[np.uint8], saturation: float, contrast: float, brightness: float
) -> npt.NDArray[np.uint8]:
    """Multiply saturation, contrast (about the mean) and brightness of a picture, in one pass."""
    grey = float(pixels[::4, ::4].mean())
    mix = saturation * np.eye(3) + (1 - saturation) * _LUMA
    offset = np.full((3, 1), brightness * (1 - contrast) * grey)
    changed = cv2.transform(pixels, np.hstack([brightness * contrast * mix, offset]))
    return np.asarray(changed, dtype=np.uint8)


def steps(
    image: Image.Image, size: int, rng: np.random.Generator, strength: str
) -> list[tuple[str, Image.Image]]:
    """Return (caption, picture) of every step from a photograph to the network's input."""
    resized = image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    changed = augment(resized, rng, strength)
    values = np.asarray(changed, dtype=np.float64) / 255
    spread = (values - values.mean()) / max(float(values.std()), 1e-6)
    visible = ((spread.clip(-2.5, 2.5) + 2.5) / 5 * 255).round().astype(np.uint8)
    return [
        (f"Original, {image.width} × {image.height}", image.convert("RGB")),
        (f"Resized to {size} × {size}", resized),
        (f"Augmented ({strength})", changed),
        ("Normalised", Image.fromarray(visible)),
    ]
