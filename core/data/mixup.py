"""Two training pictures in one, and pictures with a hole: a network must not rely on one spot."""

from dataclasses import dataclass

import numpy as np

from core.imaging.views import Pixels

_BLEND = 0.4
"""Both parameters of the beta distribution that a blend's shares are drawn from."""
_SMALLEST, _LARGEST = 0.02, 0.25
"""Share of a picture's area that a hole covers."""
_HOLE = 127


@dataclass(frozen=True, kw_only=True)
class Chances:
    """How often a training picture is changed in each of the ways; the first two exclude each
    other, so that their sum is at most 1."""

    patch: float = 0.0
    """A rectangle of another training picture in it (CutMix, Yun et al. 2019)."""
    blend: float = 0.0
    """Another training picture shines through (mixup, Zhang et al. 2018)."""
    hole: float = 0.0
    """A grey rectangle in it (random erasing, Zhong et al. 2017)."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What is shown of another picture, and how much of the label stays."""

    partner: int
    """Its place among the training pictures."""
    share: float
    """Of the picture's own label, 0.5 to 1; the partner's label has the rest."""
    box: Box | None
    """Where the partner is shown; None: everywhere, shining through."""


def draw(rng: np.random.Generator, chances: Chances, count: int, size: int) -> Mix | None:
    """Draw a partner among `count` pictures of `size` pixels a side; None: shown by itself."""
    dice = rng.random()
    partner = int(rng.integers(count))
    if dice < chances.patch:
        box = _box(rng, rng.uniform(0, 0.5), size)
        covered = (box.right - box.left) * (box.bottom - box.top) / size**2
        return Mix(partner=partner, share=1 - covered, box=box)
    if dice < chances.patch + chances.blend:
        drawn = float(rng.beta(_BLEND, _BLEND))
        return Mix(partner=partner, share=max(drawn, 1 - drawn), box=None)
    return None


def apply(own: Pixels, other: Pixels, mix: Mix) -> Pixels:
    """Return one picture made of two of the same size, (size, size, 3)."""
    if mix.box is None:
        blended = mix.share * own.astype(np.float32) + (1 - mix.share) * other
        return blended.round().astype(np.uint8)
    made = own.copy()
    made[mix.box.inside] = other[mix.box.inside]
    return made


def hole(pixels: Pixels, rng: np.random.Generator, chances: Chances) -> Pixels:
    """Return the picture, sometimes with a grey rectangle in it."""
    if rng.random() >= chances.hole:
        return pixels
    made = pixels.copy()
    box = _box(rng, rng.uniform(_SMALLEST, _LARGEST), pixels.shape[0], tall=rng.uniform(-0.7, 0.7))
    made[box.inside] = _HOLE
    return made


def _box(rng: np.random.Generator, area: float, size: int, tall: float = 0.0) -> Box:
    """Return a rectangle of about an area (a share), wholly inside; `tall` is log(height/width)."""
    width, height = (
        min(size, round(size * float(np.sqrt(area * np.exp(sign * tall))))) for sign in (-1, 1)
    )
    left, top = (int(rng.integers(size - side + 1)) for side in (width, height))
    return Box(left=left, top=top, right=left + width, bottom=top + height)
