"""Photographs of people who do not exist: skin, limb, lesions, light, camera."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.demo import lesions
from core.demo.lesions import Spot
from core.demo.patients import Person
from core.types import FloatArray

SIDE = 224
"""Pixels of an image's side."""


@dataclass(frozen=True, kw_only=True)
class _View:
    """From where a photo is taken: how the plane of the body comes to lie in the image."""

    angle: float
    zoom: float
    shift: tuple[float, float]

    def to_pixels(self, spot: Spot) -> Spot:
        x, y = (spot.x - self.shift[0]) * self.zoom, (spot.y - self.shift[1]) * self.zoom
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        half = SIDE / 2
        return Spot(
            x=half + half * (x * cos - y * sin),
            y=half + half * (x * sin + y * cos),
            radius=max(1.2, spot.radius * self.zoom * half),
            angle=spot.angle + self.angle,
            stretch=spot.stretch,
            seed=spot.seed,
        )

    def across(self) -> FloatArray:
        """Return, for every pixel, the distance from the limb's axis, signed."""
        y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE / 2) - 1.0
        turned = -x * np.sin(self.angle) + y * np.cos(self.angle)
        return np.asarray(turned / self.zoom + self.shift[1])


def photograph(who: Person, rng: np.random.Generator) -> Image.Image:
    """Take one photo of a person."""
    view = _View(
        angle=float(rng.uniform(0.0, 2 * np.pi)),
        zoom=float(rng.uniform(0.9, 1.3)),
        shift=(float(rng.normal(0.0, 0.12)), float(rng.normal(0.0, 0.08))),
    )
    canvas = _skin(who, rng)
    if who.label == "Measles":
        lesions.rash(canvas, _blotches(who, view), float(rng.uniform(0.75, 0.95)))
    for draw, spot in who.spots:
        draw(canvas, view.to_pixels(spot))
    _hairs(canvas, who, rng)
    across = view.across()
    if who.limb < 1.5:
        canvas = _on_cloth(canvas, who, across, rng)
    return _camera(canvas, rng)


def near_copy(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return almost the same photo: cut a little, lit a little otherwise."""
    cut = int(rng.integers(3, 9))
    inner = picture.crop((cut, cut // 2, picture.width - cut // 2, picture.height - cut))
    values = np.asarray(inner.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.float64)
    return Image.fromarray(np.clip(values * rng.uniform(0.93, 1.07), 0, 255).astype(np.uint8))


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """Return the image's bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _skin(who: Person, rng: np.random.Generator) -> FloatArray:
    """Return skin without lesions: mottled, with pores."""
    noise = lesions.smooth_noise
    mottle = 0.020 * noise(rng, SIDE, 4) + 0.014 * noise(rng, SIDE, 14)
    pores = 0.010 * noise(rng, SIDE, 70) + 0.006 * rng.standard_normal((SIDE, SIDE))
    flush = 0.012 * noise(rng, SIDE, 6)
    canvas = who.tone * (1.0 + (mottle + pores)[..., None])
    canvas[..., 0] += flush
    return np.asarray(canvas)


def _blotches(who: Person, view: _View) -> FloatArray:
    """Return where the rash is: blotches fixed to the body, seen through the view."""
    rng = np.random.default_rng(who.seed + 7)
    size = 2 * SIDE
    noise = lesions.smooth_noise
    body = noise(rng, size, 46) + 0.7 * noise(rng, size, 90) + 0.6 * noise(rng, size, 10)
    mask = lesions.step(-body, -float(rng.uniform(0.1, 0.6)), 0.24)
    mask *= np.clip(0.85 + 0.15 * noise(rng, size, 60), 0.4, 1.0)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE / 2) - 1.0
    cos, sin = np.cos(view.angle), np.sin(view.angle)
    along = (x * cos + y * sin) / view.zoom + view.shift[0]
    across = (-x * sin + y * cos) / view.zoom + view.shift[1]
    column = np.clip((along + 2.0) / 4.0 * (size - 1), 0, size - 1).astype(np.int64)
    row = np.clip((across + 2.0) / 4.0 * (size - 1), 0, size - 1).astype(np.int64)
    return np.asarray(mask[row, column])


def _hairs(canvas: FloatArray, who: Person, rng: np.random.Generator) -> None:
    if who.seed % 3:
        return
    layer = Image.new("L", (SIDE, SIDE), 0)
    draw = ImageDraw.Draw(layer)
    lean = rng.uniform(0.0, np.pi)
    for _hair in range(int(rng.integers(12, 40))):
        x, y = rng.uniform(0, SIDE, 2)
        angle, length = lean + rng.normal(0.0, 0.3), rng.uniform(10, 28)
        end = (x + length * np.cos(angle), y + length * np.sin(angle))
        draw.line([(float(x), float(y)), (float(end[0]), float(end[1]))], fill=110, width=1)
    amount = np.asarray(layer.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float64) / 255
    canvas *= 1.0 - 0.75 * amount[..., None]


def _on_cloth(
    canvas: FloatArray, who: Person, across: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Round the skin to an arm or leg that lies on a piece of cloth."""
    weave = 0.03 * lesions.smooth_noise(rng, SIDE, 90) + 0.05 * lesions.smooth_noise(rng, SIDE, 5)
    cloth = who.cloth * (1.0 + weave[..., None])
    outside = np.abs(across) - who.limb
    cloth = cloth * (1.0 - 0.45 * np.exp(-np.clip(outside, 0.0, None) / 0.10))[..., None]
    rounded = canvas * (1.0 - 0.42 * np.clip(np.abs(across) / who.limb, 0.0, 1.0) ** 3)[..., None]
    inside = lesions.step(outside, 0.0, 0.008)[..., None]
    return np.asarray(cloth + (rounded - cloth) * inside)


def _camera(canvas: FloatArray, rng: np.random.Generator) -> Image.Image:
    """Light the scene and take the picture: exposure, colour cast, vignette, blur, noise."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / (SIDE / 2) - 1.0
    turn = rng.uniform(0.0, 2 * np.pi)
    light = 1.0 + rng.uniform(0.02, 0.14) * (x * np.cos(turn) + y * np.sin(turn))
    light *= 1.0 - rng.uniform(0.02, 0.12) * (x**2 + y**2)
    cast = rng.normal(1.0, 0.03, 3)
    lit = canvas * (light * rng.uniform(0.86, 1.14))[..., None] * cast
    lit += 0.008 * rng.standard_normal(lit.shape)
    picture = Image.fromarray((np.clip(lit, 0.0, 1.0) * 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.9))))
