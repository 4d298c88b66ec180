"""Patients who do not exist: everything that stays the same between two photos of one of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.demo import lesions
from core.demo.lesions import Draw, Spot
from core.types import FloatArray

_TONES = np.array(
    [
        [0.95, 0.80, 0.71],
        [0.90, 0.72, 0.60],
        [0.82, 0.62, 0.48],
        [0.70, 0.50, 0.37],
        [0.55, 0.37, 0.27],
        [0.40, 0.27, 0.20],
    ]
)
"""From light to dark, sRGB."""
_CLOTHS = np.array(
    [
        [0.30, 0.42, 0.55],
        [0.62, 0.64, 0.62],
        [0.22, 0.25, 0.28],
        [0.45, 0.55, 0.47],
        [0.75, 0.72, 0.66],
        [0.50, 0.40, 0.50],
    ]
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One patient: what all photos of them share. Lengths are in half widths of an image."""

    label: str
    seed: int
    tone: FloatArray
    cloth: FloatArray
    limb: float
    """Half width of the arm or leg; above 1.5 the image is all skin."""
    spots: tuple[tuple[Draw, Spot], ...]
    """Lesions with x, y and radius in half widths."""


def person(label: str, seed: int) -> Person:
    """Make up a patient with this condition; the same seed makes the same one."""
    rng = np.random.default_rng(seed)
    place = rng.beta(1.3, 1.6) * (len(_TONES) - 1)
    low = int(min(place, len(_TONES) - 2))
    tone = _TONES[low] + (_TONES[low + 1] - _TONES[low]) * (place - low)
    limb = float(rng.uniform(0.55, 0.85) if rng.random() < 0.4 else 2.0)
    return Person(
        label=label,
        seed=seed,
        tone=np.asarray(tone + rng.normal(0.0, 0.012, 3)),
        cloth=_CLOTHS[rng.integers(len(_CLOTHS))] + rng.normal(0.0, 0.03, 3),
        limb=limb,
        spots=tuple(_harmless(rng, limb) + _lesions(rng, label, limb)),
    )


def _lesions(rng: np.random.Generator, label: str, limb: float) -> list[tuple[Draw, Spot]]:
    if label == "Chickenpox":
        count = int(rng.integers(16, 34))
        spots = _scattered(rng, count, limb, lambda: float(rng.lognormal(-2.95, 0.42)), gap=1.9)
        return [(lesions.vesicle, spot) for spot in spots]
    if label == "Cowpox":
        count = int(rng.integers(1, 4))
        spots = _scattered(rng, count, limb, lambda: float(rng.uniform(0.20, 0.34)), gap=1.7)
        # The first one is why the photo was taken: it lies well inside.
        seen = [replace(spots[0], x=0.45 * spots[0].x, y=0.45 * spots[0].y), *spots[1:]]
        return [(lesions.crust, spot) for spot in seen]
    if label == "Monkeypox":
        size = float(rng.uniform(0.085, 0.12))
        count = int(rng.integers(7, 18))
        spots = _scattered(rng, count, limb, lambda: size * float(rng.normal(1, 0.05)), gap=1.5)
        return [(lesions.pustule, spot) for spot in spots]
    if label == "HFMD":
        spots = _grouped(rng, int(rng.integers(3, 6)), limb)
        return [(lesions.blister, spot) for spot in spots]
    return []


def _harmless(rng: np.random.Generator, limb: float) -> list[tuple[Draw, Spot]]:
    bites = _scattered(rng, int(rng.integers(0, 4)), limb, lambda: float(rng.uniform(0.02, 0.05)))
    moles = _scattered(rng, int(rng.integers(0, 4)), limb, lambda: float(rng.uniform(0.01, 0.03)))
    return [
        *((lesions.bite, spot) for spot in bites),
        *((lesions.mole, spot) for spot in moles),
    ]


def _spot(rng: np.random.Generator, x: float, y: float, radius: float, stretch: float) -> Spot:
    return Spot(
        x=x,
        y=y,
        radius=radius,
        angle=float(rng.uniform(0.0, np.pi)),
        stretch=stretch,
        seed=int(rng.integers(2**31)),
    )


def _scattered(
    rng: np.random.Generator,
    count: int,
    limb: float,
    radius: Callable[[], float],
    gap: float = 1.0,
) -> list[Spot]:
    """Scatter up to `count` spots over the body part, `gap` radii apart from one another."""
    spots: list[Spot] = []
    reach = min(limb * 0.8, 1.15)
    for _attempt in range(count * 12):
        x, y, size = rng.uniform(-1.15, 1.15), rng.uniform(-reach, reach), radius()
        if all(np.hypot(x - o.x, y - o.y) > gap * (size + o.radius) for o in spots):
            spots.append(_spot(rng, float(x), float(y), size, float(rng.uniform(1.0, 1.2))))
        if len(spots) == count:
            break
    return spots


def _grouped(rng: np.random.Generator, groups: int, limb: float) -> list[Spot]:
    """Scatter groups of small ovals that lie close together and point the same way."""
    spots: list[Spot] = []
    reach = min(limb * 0.6, 0.8)
    for _group in range(groups):
        x, y = rng.uniform(-0.8, 0.8), rng.uniform(-reach, reach)
        angle = float(rng.uniform(0.0, np.pi))
        for _one in range(int(rng.integers(6, 12))):
            spot = _spot(
                rng,
                float(x + rng.normal(0.0, 0.17)),
                float(y + rng.normal(0.0, 0.17)),
                float(rng.uniform(0.035, 0.06)),
                float(rng.uniform(1.7, 2.4)),
            )
            spots.append(replace(spot, angle=angle + float(rng.normal(0.0, 0.25))))
    return spots
