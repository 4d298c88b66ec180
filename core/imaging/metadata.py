"""Lossless removal of metadata from JPEG and PNG files: pixels untouched, segments dropped.

What stays is what a decoder needs for the same pixels. Place, time, camera, comments, previews,
colour profiles and anything behind the end of the image (a phone's video, a second image) go.
The two functions that strip return None when the bytes are not built as the format says; such a
image is converted instead.
"""

import struct

_JPEG_KEPT = frozenset({0xC4, 0xDB, 0xDD, 0xCC, 0xE0, 0xEE, *range(0xC0, 0xC4)})
"""Huffman and quantisation tables, restart interval, frames; JFIF (E0) and Adobe's colour
transform (EE) change how the pixels are decoded."""
_JPEG_APPLICATION = {0xE0: (b"JFIF\x00", 16), 0xEE: (b"Adobe", 14)}
"""Kept only when they start so; the number is the segment's length without any payload."""
_JPEG_LONE = frozenset({0x01, *range(0xD0, 0xD8)})

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})


def stripped_jpeg(data: bytes) -> bytes | None:
    """Return the JPEG without its metadata segments, cut after its end marker."""
    if data[:2] != b"\xff\xd8":
        return None
    out = bytearray(b"\xff\xd8")
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            out += b"\xff\xd9"
            return bytes(out)
        if marker in _JPEG_LONE:
            at += 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA:
            end = _scan_end(data, end)
        if end > len(data):
            return None
        if marker == 0xDA or marker in _JPEG_KEPT:
            out += _jpeg_segment(marker, data[at:end])
        at = end
    if data[at : at + 2] == b"\xff\xd9":
        return bytes(out + b"\xff\xd9")
    return None


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    if marker not in _JPEG_APPLICATION:
        return segment
    name, length = _JPEG_APPLICATION[marker]
    if segment[4 : 4 + len(name)] != name or len(segment) < 2 + length:
        return b""
    body = bytearray(segment[: 2 + length])
    struct.pack_into(">H", body, 2, length)
    if marker == 0xE0:
        body[16:18] = b"\x00\x00"  # the preview that may follow is cut off
    return bytes(body)


def _scan_end(data: bytes, at: int) -> int:
    """Return where the entropy-coded data that starts at `at` ends: at the next real marker."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data) + 1
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0x00 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def stripped_png(data: bytes) -> bytes | None:
    """Return the PNG with only the chunks that make its pixels."""
    if data[:8] != _PNG_SIGNATURE:
        return None
    out = bytearray(_PNG_SIGNATURE)
    at = 8
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            return None
        if kind in _PNG_KEPT:
            out += data[at:end]
        if kind == b"IEND":
            return bytes(out) if length == 0 else None
        at = end
    return None


def webp_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) as a WebP's header says; (0, 0) where it says nothing.

    The decoder reserves memory for the whole canvas before its size can be asked.
    """
    kind, head = data[12:16], data[:30].ljust(30, b"\x00")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0
