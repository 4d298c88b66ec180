"""Bytes of any origin -> an upright RGB photograph without metadata, or ImageRefused.

Identity is the pixel hash: SHA-256 over width, height and the upright RGB pixels. Upright 8-bit
JPEG and PNG files are stored as they are, minus their metadata (`core.imaging.metadata`);
everything else (rotated, CMYK, 16-bit, palette, transparent, animated, another colour space) is
converted once, losslessly, to PNG.
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from core.errors import ImageRefused
from core.imaging import colour, metadata
from core.types import ImageId

MAX_BYTES = 64 * 2**20
"""Largest file that is read."""
MAX_PIXELS = 50_000_000
"""Most pixels that are decoded: the largest ordinary phone photograph has 50 megapixels."""
MIN_SIDE = 8
"""Shortest side in pixels; anything smaller is an icon."""
THUMBNAIL_SIDE = 256

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif"}
)
"""File names that are worth opening (lower case)."""

DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)
"""What decoders are known to raise on broken or hostile bytes; none of them says more than
"this file is broken" (warnings are raised only where Python is configured to)."""

_Factory = Callable[[io.BytesIO, str], ImageFile.ImageFile]

_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedImage:
    """One photograph, ready to be stored."""

    image: Image.Image
    """Upright, mode RGB, sRGB."""
    data: bytes
    """What is stored: the same pixels, no metadata."""
    suffix: str
    """.jpg or .png"""
    file_sha256: str
    """Of the bytes that came in."""
    pixel_sha256: str
    id: ImageId
    width: int
    height: int


def decode(data: bytes) -> DecodedImage:
    """Decode one file. Raises ImageRefused with the reason in a few words."""
    _check_bytes(data)
    opened = _opened(data)
    _check_size(opened)
    try:
        kept = _stored_as_it_is(opened, data)
        image = _pixels(opened) if kept is None else kept[0]
        stored = _png(image) if kept is None else kept[1]
    except DECODER_ERRORS as error:
        raise _damaged(error) from error
    suffix = ".jpg" if stored[:2] == b"\xff\xd8" else ".png"
    pixel_hash = pixel_sha256(image)
    return DecodedImage(
        image=image,
        data=stored,
        suffix=suffix,
        file_sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=pixel_hash,
        id=ImageId(pixel_hash[:16]),
        width=image.width,
        height=image.height,
    )


def pixel_sha256(image: Image.Image) -> str:
    """Return the identity of an upright RGB image: SHA-256 over its size and its pixels."""
    digest = hashlib.sha256(struct.pack(">II", image.width, image.height))
    digest.update(image.tobytes())
    return digest.hexdigest()


def thumbnail(image: Image.Image, side: int = THUMBNAIL_SIDE) -> bytes:
    """Return a WebP whose longer side is at most `side` pixels."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80, method=2)
    return buffer.getvalue()


def _refused(reason: str) -> ImageRefused:
    return ImageRefused(reason, title="Picture not taken", hint="Export it again as JPEG or PNG.")


def _damaged(error: BaseException) -> ImageRefused:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _refused(f"the picture has more than {MAX_PIXELS // 1_000_000} megapixels")
    return _refused("the picture is damaged or cut off")


def _check_bytes(data: bytes) -> None:
    if not data:
        raise _refused("the file is empty (0 bytes)")
    if len(data) > MAX_BYTES:
        raise _refused(f"the file is larger than {MAX_BYTES // 2**20} MB")


def _factory(data: bytes) -> _Factory | None:
    """Choose the decoder by the first bytes, never by the file's name.

    `Image.open` is not used: it warns on standard error about large images before their size
    can be looked at, and it would try some forty formats.
    """
    start = data[:16]
    if start[:3] == b"\xff\xd8\xff":
        return JpegImagePlugin.JpegImageFile
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        return PngImagePlugin.PngImageFile
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if start[4:8] == b"ftyp" and start[8:12] in (b"avif", b"avis"):
        return AvifImagePlugin.AvifImageFile
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return GifImagePlugin.GifImageFile
    if start[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return TiffImagePlugin.TiffImageFile
    if start[:2] == b"BM":
        return BmpImagePlugin.BmpImageFile
    return None


def _opened(data: bytes) -> ImageFile.ImageFile:
    factory = _factory(data)
    if factory is None:
        head = data[:512].lstrip().lower()
        if b"<svg" in head or head.startswith(b"<?xml"):
            raise _refused("SVG drawings are not taken")
        if data[4:8] == b"ftyp":
            raise _refused("HEIC pictures and videos are not taken")
        raise _refused("the file is not a picture")
    if factory is WebPImagePlugin.WebPImageFile:
        _check_pixels(*metadata.webp_size(data))
    try:
        return factory(io.BytesIO(data), "")
    except DECODER_ERRORS as error:
        raise _damaged(error) from error


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _refused(
            f"the picture has {width * height / 1e6:.0f} megapixels, "
            f"more than the {MAX_PIXELS // 1_000_000} that are taken"
        )


def _check_size(image: Image.Image) -> None:
    _check_pixels(image.width, image.height)
    if min(image.size) < MIN_SIDE:
        raise _refused(f"the picture is smaller than {MIN_SIDE} pixels")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except DECODER_ERRORS:
        return 1  # broken metadata is no reason to lose the image
    return value if isinstance(value, int) else 1


def _stored_as_it_is(opened: ImageFile.ImageFile, data: bytes) -> tuple[Image.Image, bytes] | None:
    """Return (RGB pixels, stripped bytes) of an upright 8-bit JPEG or PNG, else None.

    The pixels are decoded from the stripped bytes, so that what is stored is what was hashed.
    """
    if opened.format not in ("JPEG", "PNG") or opened.mode not in ("RGB", "L"):
        return None
    if _orientation(opened) in _UPRIGHT or getattr(opened, "n_frames", 1) != 1:
        return None
    if "transparency" in opened.info or not colour.is_srgb(opened):
        return None
    strip = metadata.stripped_jpeg if opened.format == "JPEG" else metadata.stripped_png
    stripped = strip(data)
    if stripped is None:
        return None
    return _opened(stripped).convert("RGB"), stripped


def _pixels(opened: ImageFile.ImageFile) -> Image.Image:
    opened.load()
    _check_size(opened)  # a GIF's first frame may be larger than its header says
    orientation = _orientation(opened)
    image = colour.to_rgb(opened)
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    Image.frombytes("RGB", image.size, image.tobytes()).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()
