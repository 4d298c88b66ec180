"""Lesions of the six classes, drawn with simple rules of their own (no photograph is used).

A canvas is (side, side, 3) float64 in [0, 1], sRGB. Each function draws into it in place.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.types import FloatArray

_Colour = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a lesion lies and how large it is, in pixels of the canvas."""

    x: float
    y: float
    radius: float
    angle: float
    """Of its long axis, in radians."""
    stretch: float = 1.0
    """Long axis / short axis."""
    seed: int = 0
    """Gives it its own outline and stage, the same in every photo of the patient."""


Draw = Callable[[FloatArray, Spot], None]


def smooth_noise(rng: np.random.Generator, side: int, cells: int) -> FloatArray:
    """Return (side, side) smooth noise, mean about 0, standard deviation about 1."""
    small = rng.standard_normal((cells + 3, cells + 3)).astype(np.float32)
    grown = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(grown, dtype=np.float64)


def step(distance: FloatArray, edge: float, softness: float) -> FloatArray:
    """Return 1 well below `edge`, 0 well above it, smooth in between."""
    return 1.0 / (1.0 + np.exp(np.clip((distance - edge) / softness, -40.0, 40.0)))


def _patch(
    canvas: FloatArray, spot: Spot, reach: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray] | None:
    """Return a view of the canvas around a spot and, in radii, distance, x and y there."""
    side = canvas.shape[0]
    half = int(spot.radius * reach * max(1.0, spot.stretch)) + 2
    left, top = max(0, int(spot.x) - half), max(0, int(spot.y) - half)
    right, bottom = min(side, int(spot.x) + half + 1), min(side, int(spot.y) + half + 1)
    if left >= right or top >= bottom:
        return None
    y, x = np.mgrid[top:bottom, left:right]
    x, y = (x - spot.x) / spot.radius, (y - spot.y) / spot.radius
    along = (x * np.cos(spot.angle) + y * np.sin(spot.angle)) / np.sqrt(spot.stretch)
    across = (-x * np.sin(spot.angle) + y * np.cos(spot.angle)) * np.sqrt(spot.stretch)
    rng = np.random.default_rng(spot.seed)
    turn = np.arctan2(across, along)
    outline = sum(
        rng.normal(0.0, 0.09 / wave) * np.cos(wave * turn + rng.uniform(0.0, 6.3))
        for wave in (2, 3, 4, 5, 7)
    )
    distance = np.hypot(along, across) * (1.0 + outline)
    return canvas[top:bottom, left:right], distance, x, y


def _blend(patch: FloatArray, colour: _Colour, amount: FloatArray) -> None:
    patch += (np.asarray(colour) - patch) * amount[..., None]


def _tint(patch: FloatArray, factors: _Colour, amount: FloatArray) -> None:
    """Multiply by `factors` where `amount` is 1: what blood under the skin does to any tone."""
    patch *= 1.0 + (np.asarray(factors) - 1.0) * amount[..., None]


def _shine(patch: FloatArray, x: FloatArray, y: FloatArray, strength: float, size: float) -> None:
    """Add the wet spot that a lamp above left makes."""
    _blend(patch, (1.0, 1.0, 0.98), strength * np.exp(-((x + 0.3) ** 2 + (y + 0.35) ** 2) / size))


def _relief(patch: FloatArray, distance: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Light the upper left of a raised dome and shade its lower right."""
    ring = np.exp(-(((distance - 0.85) / 0.3) ** 2))
    patch *= 1.0 - (0.16 * ring * np.clip((x + y) / 1.4, -1.0, 1.0))[..., None]


def vesicle(canvas: FloatArray, spot: Spot) -> None:
    """Draw chickenpox: a drop on a wide red base, or the small dark crust that it becomes."""
    region = _patch(canvas, spot, 2.6)
    if region is None:
        return
    patch, distance, x, y = region
    _tint(patch, (1.06, 0.58, 0.58), 0.95 * step(distance, 1.55, 0.22))
    if spot.seed % 3 == 0:
        _blend(patch, (0.30, 0.14, 0.10), 0.92 * step(distance, 0.6, 0.07))
    else:
        _blend(patch, (0.93, 0.72, 0.62), 0.75 * step(distance, 0.72, 0.08))
        _shine(patch, x, y, 0.8, 0.06)


def crust(canvas: FloatArray, spot: Spot) -> None:
    """Draw cowpox: a large black crust with a swollen purple rim."""
    region = _patch(canvas, spot, 2.4)
    if region is None:
        return
    patch, distance, x, y = region
    _tint(patch, (0.92, 0.60, 0.66), 0.85 * step(distance, 1.55, 0.18))
    _relief(patch, distance * 0.8, x, y)
    rng = np.random.default_rng(spot.seed + 1)
    cracks = smooth_noise(rng, max(patch.shape[:2]), 9)[: patch.shape[0], : patch.shape[1]]
    dark = step(distance + 0.07 * cracks, 0.85, 0.05)
    _blend(patch, (0.16, 0.09, 0.08), 0.93 * dark)
    _blend(patch, (0.42, 0.24, 0.16), 0.5 * dark * (cracks > 0.9))


def blister(canvas: FloatArray, spot: Spot) -> None:
    """Draw HFMD: a small oval, grey-white blister with a thin pink edge."""
    region = _patch(canvas, spot, 2.2)
    if region is None:
        return
    patch, distance, x, y = region
    _tint(patch, (1.05, 0.76, 0.80), 0.8 * step(distance, 1.35, 0.12))
    _blend(patch, (0.80, 0.77, 0.76), 0.85 * step(distance, 0.85, 0.08))
    _shine(patch, x, y, 0.35, 0.1)


def pustule(canvas: FloatArray, spot: Spot) -> None:
    """Draw monkeypox: a firm, round, yellowish dome with a dent in its middle."""
    region = _patch(canvas, spot, 2.2)
    if region is None:
        return
    patch, distance, x, y = region
    _tint(patch, (0.97, 0.66, 0.62), 0.8 * step(distance, 1.28, 0.08))
    _blend(patch, (0.94, 0.86, 0.62), 0.9 * step(distance, 0.92, 0.06))
    _relief(patch, distance, x, y)
    _blend(patch, (0.52, 0.30, 0.22), 0.85 * step(distance, 0.26, 0.06))
    _shine(patch, x, y, 0.6, 0.03)


def bite(canvas: FloatArray, spot: Spot) -> None:
    """Draw a harmless red dot, which anybody may have."""
    region = _patch(canvas, spot, 2.0)
    if region is not None:
        _tint(region[0], (1.02, 0.72, 0.70), 0.6 * step(region[1], 0.9, 0.2))


def mole(canvas: FloatArray, spot: Spot) -> None:
    """Draw a mole, which anybody may have."""
    region = _patch(canvas, spot, 1.6)
    if region is not None:
        _blend(region[0], (0.24, 0.15, 0.11), 0.75 * step(region[1], 0.8, 0.1))


def rash(canvas: FloatArray, mask: npt.NDArray[np.float64], strength: float) -> None:
    """Draw measles: flat red blotches that run into one another, where `mask` is near 1."""
    _tint(canvas, (0.98, 0.58, 0.56), strength * mask)
