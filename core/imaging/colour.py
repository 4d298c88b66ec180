"""Any colour mode -> 8-bit sRGB: grey, palette, transparency on white, CMYK, 16-bit, profiles."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_PROFILE_ERRORS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
_PROFILE_MODES = ("RGB", "L", "CMYK")


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a plain RGB image: transparency on white, deep greys scaled, profile applied."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_grey(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _on_white(image)
    if image.mode in ("P", "1"):
        image_rgb = image.convert("RGB")
        return _with_profile(image_rgb, image.info.get("icc_profile"))
    return _with_profile(image, image.info.get("icc_profile"))


def is_srgb(image: Image.Image) -> bool:
    """Return whether the pixels can be shown as they are: no profile, or one without effect."""
    profile = image.info.get("icc_profile")
    return not profile or image.mode not in _PROFILE_MODES or _is_neutral(profile, image.mode)


def _on_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    colours = _with_profile(rgba.convert("RGB"), image.info.get("icc_profile"))
    white.paste(colours, mask=rgba.getchannel("A"))
    return white


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """Scale by the bit depth that the values need (8, 10, 12, 14, 16), floats by their range."""
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if image.mode == "F":
        low = float(values.min(initial=0.0))
        scaled = (values - low) / max(top - low, 1e-12) * 255.0
    else:
        depth = next((bits for bits in (8, 10, 12, 14, 16) if top < 2**bits), 32)
        scaled = values / (2.0**depth - 1.0) * 255.0
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8)).convert("RGB")


def _with_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or image.mode not in _PROFILE_MODES or _is_neutral(profile, image.mode):
        return image.convert("RGB")
    transform = _transform(profile, image.mode)
    if transform is None:
        return image.convert("RGB")
    converted = ImageCms.applyTransform(image, transform)
    return image.convert("RGB") if converted is None else converted


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from `profile` to sRGB; None where it is broken or of another mode."""
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
        )
    except _PROFILE_ERRORS:
        return None


@lru_cache(maxsize=32)
def _is_neutral(profile: bytes, mode: str) -> bool:
    """Return whether the profile changes no colour by more than 3 of 255: sRGB has many names."""
    transform = _transform(profile, mode)
    if transform is None:
        return mode != "CMYK"
    if mode == "CMYK":
        return False
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    if mode == "L":
        probe = Image.fromarray(levels[None, :])
    else:
        probe = Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), -1).reshape(9, 81, 3))
    moved = ImageCms.applyTransform(probe, transform)
    if moved is None:
        return True
    difference = np.asarray(moved, dtype=int) - np.asarray(probe.convert("RGB"), dtype=int)
    return bool(np.abs(difference).max() <= 3)
