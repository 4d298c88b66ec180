import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.errors import ImageRefused
from core.imaging import decode

RNG = np.random.default_rng(3)
PICTURE = Image.fromarray(RNG.integers(0, 255, (40, 60, 3), dtype=np.uint8)).resize((120, 80))
NASTY = ("pillow", "fuzz", "exif")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def with_gps(image: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a phone"
    exif.get_ifd(0x8825)[1] = "N"
    return encoded(image, "JPEG", exif=exif, comment=b"taken at home", quality=95)


def test_an_upright_jpeg_keeps_its_pixels_and_loses_its_metadata() -> None:
    data = with_gps(PICTURE, 1)
    decoded = decode.decode(data)
    assert decoded.suffix == ".jpg"
    assert b"a phone" in data
    for secret in (b"a phone", b"taken at home", b"Exif"):
        assert secret not in decoded.data
    stored = np.asarray(Image.open(io.BytesIO(decoded.data)))
    assert (stored == np.asarray(Image.open(io.BytesIO(data)))).all()
    assert (decoded.width, decoded.height) == (120, 80)
    assert decoded.id == decoded.pixel_sha256[:16]


def test_a_png_loses_its_text_chunks_only() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "somebody")
    data = encoded(PICTURE, "PNG", pnginfo=info)
    decoded = decode.decode(data)
    assert b"somebody" in data
    assert b"somebody" not in decoded.data
    assert decoded.data[:24] == data[:24]
    assert (np.asarray(decoded.image) == np.asarray(PICTURE)).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photo_is_stored_upright(orientation: int) -> None:
    upright = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    data = with_gps(PICTURE, orientation)
    raw = Image.open(io.BytesIO(data)).convert("RGB")
    decoded = decode.decode(data)
    assert decoded.suffix == ".png"
    assert (np.asarray(decoded.image) == np.asarray(raw.transpose(upright[orientation]))).all()
    assert b"a phone" not in decoded.data


def test_all_eight_orientations_of_a_real_photo_give_the_same_picture(shared_data: Path) -> None:
    small = []
    for number in range(1, 9):
        data = (shared_data / "nasty" / "exif" / f"landscape_{number}.jpg").read_bytes()
        decoded = decode.decode(data)
        assert b"Exif" not in decoded.data
        small.append(np.asarray(decoded.image.resize((64, 48)), dtype=float))
    for other in small[1:]:
        assert np.abs(other - small[0]).mean() < 6


def test_gps_is_gone_from_a_real_photo(shared_data: Path) -> None:
    data = (shared_data / "nasty" / "exif" / "DSCN0010.jpg").read_bytes()
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    stored = Image.open(io.BytesIO(decode.decode(data).data))
    assert not stored.getexif()
    assert "exif" not in stored.info


def test_the_same_pixels_in_other_files_are_the_same_image() -> None:
    png = decode.decode(encoded(PICTURE, "PNG"))
    again = decode.decode(encoded(PICTURE, "BMP"))
    webp = decode.decode(encoded(PICTURE, "WEBP", lossless=True))
    assert png.id == again.id == webp.id
    assert png.file_sha256 != again.file_sha256
    assert decode.decode(encoded(PICTURE.resize((80, 120)), "PNG")).id != png.id


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert decode.decode(encoded(clear, "PNG")).image.getpixel((3, 3)) == (255, 255, 255)


def test_a_palette_keeps_its_colours() -> None:
    palette = Image.new("RGB", (20, 20), (10, 200, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert decode.decode(encoded(palette, "PNG")).image.getpixel((3, 3)) == (10, 200, 30)


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 400).astype(np.uint16).reshape(20, 20)
    grey = np.asarray(decode.decode(encoded(Image.fromarray(ramp), "PNG")).image)[..., 0]
    assert grey.min() == 0
    assert grey.max() == 255
    assert abs(int(grey[10, 0]) - 128) <= 1


def test_cmyk_becomes_rgb() -> None:
    red = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    r, g, b = decode.decode(encoded(red, "JPEG")).image.getpixel((5, 5))  # type: ignore[misc]
    assert (r > 200, g < 60, b < 60) == (True, True, True)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("#ff0000", "#00ff00")]
    for kind in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert decode.decode(data).image.getpixel((3, 3)) == (255, 0, 0)


def test_another_colour_space_is_converted_and_srgb_is_kept() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = decode.decode(encoded(PICTURE, "JPEG", icc_profile=srgb, quality=95))
    assert kept.suffix == ".jpg"
    assert b"ICC_PROFILE" not in kept.data
    gamma = bytearray(srgb)  # the same primaries, red and blue exchanged
    red, blue = gamma.index(b"rXYZ"), gamma.index(b"bXYZ")
    gamma[red : red + 4], gamma[blue : blue + 4] = b"bXYZ", b"rXYZ"
    odd = decode.decode(
        encoded(Image.new("RGB", (20, 20), "#ff0000"), "PNG", icc_profile=bytes(gamma))
    )
    assert odd.suffix == ".png"
    red_value, _green, blue_value = odd.image.getpixel((3, 3))  # type: ignore[misc]
    assert blue_value > red_value


def test_what_follows_the_end_of_a_jpeg_is_cut_off() -> None:
    data = encoded(PICTURE, "JPEG") + b"a video with a voice"
    assert b"a video" not in decode.decode(data).data


def huge_png(side: int) -> bytes:
    header = side.to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    body = zlib.compress(b"\x00" * (side + 1) * 64)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def huge_webp() -> bytes:
    data = bytearray(encoded(Image.new("RGBA", (16, 16)), "WEBP", exif=Image.Exif()))
    extended = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + b"\xfe\x3f\x00" * 2
    return bytes(data[:12]) + extended + bytes(data[12:])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"a letter, not a picture", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (encoded(PICTURE, "JPEG")[:-900], "damaged or cut off"),
        (encoded(PICTURE, "PNG")[:900], "damaged or cut off"),
        (huge_png(10_000), "100 megapixels"),
        (huge_webp(), "268 megapixels"),
        (encoded(PICTURE.resize((7, 60)), "PNG"), "smaller than 8 pixels"),
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "xml",
        "heic",
        "jpeg cut",
        "png cut",
        "100 megapixels",
        "webp",
        "icon",
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(data: bytes, reason: str) -> None:
    with pytest.raises(ImageRefused, match=reason):
        decode.decode(data)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(ImageRefused, match="larger than 64 MB"):
        decode.decode(b"\xff\xd8\xff" + bytes(decode.MAX_BYTES))


def test_a_thumbnail_is_a_small_webp() -> None:
    thumb = Image.open(io.BytesIO(decode.thumbnail(PICTURE.resize((1200, 800)))))
    assert (thumb.format, thumb.size) == ("WEBP", (256, 171))


def test_hostile_files_are_decoded_or_refused(shared_data: Path) -> None:
    taken = refused = 0
    for folder in NASTY:
        for path in sorted((shared_data / "nasty" / folder).rglob("*")):
            if not path.is_file():
                continue
            try:
                decoded = decode.decode(path.read_bytes())
            except ImageRefused as error:
                assert error.message
                refused += 1
                continue
            taken += 1
            assert decoded.image.mode == "RGB"
            again = decode.decode(decoded.data)
            assert again.pixel_sha256 == decoded.pixel_sha256, path.name
            assert not Image.open(io.BytesIO(decoded.data)).getexif(), path.name
    assert taken > 100
    assert refused > 50


SEEDS = [
    with_gps(PICTURE.resize((40, 30)), 6),
    encoded(PICTURE.resize((40, 30)), "PNG"),
    encoded(PICTURE.resize((40, 30)), "WEBP"),
    encoded(PICTURE.resize((40, 30)), "GIF"),
    encoded(PICTURE.resize((40, 30)), "TIFF"),
    encoded(PICTURE.resize((40, 30)), "BMP"),
    encoded(PICTURE.resize((40, 30)), "JPEG", progressive=True),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12),
    st.integers(0, 200),
)
def test_damaged_bytes_never_escape_as_another_error(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(data[: len(data) - cut])
    for place, value in changes:
        if damaged:
            damaged[place % len(damaged)] = value
    try:
        decoded = decode.decode(bytes(damaged))
    except ImageRefused:
        return
    assert decode.decode(decoded.data).pixel_sha256 == decoded.pixel_sha256
