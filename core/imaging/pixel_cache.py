"""Every image decoded once: a memory-mapped cache of resized images, one file per size."""

import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core import files
from core.errors import AppError
from core.imaging import squares
from core.imaging.squares import Pixels
from core.types import JobSample

_FORMAT = 2
"""Of the index. A cache of another format, or of images resized in another way, is not read."""
AT_ONCE = 256
"""Images that are decoded before the first of them is needed."""


@dataclass(frozen=True, kw_only=True)
class _Cache:
    folder: Path
    side: int
    rows: Mapping[str, int]
    """sample -> row"""
    sums: Mapping[str, int]
    """sample -> CRC-32 of its image's bytes"""
    images: Pixels
    """(rows, side, side, 3), mapped from the file"""
    broken: bool = False
    """Whether there was something that could not be used."""

    def sound(self, sample: str) -> bool:
        """Return whether a cached image has the bytes that were written."""
        return zlib.crc32(self.images[self.rows[sample]]) == self.sums[sample]


def load(
    samples: Sequence[JobSample],
    workspace: Path,
    side: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> list[Pixels]:
    """Return the samples' images, resized to squares of `side` pixels, as views into the cache.

    Only what is not in the cache is decoded; `advance(done, total)` counts that. Cached images
    with other bytes than were written are decoded again; `tell` gets a sentence with their number.
    Raises AppError naming the first of the images that cannot be read.
    """
    folder = workspace / "cache" / "pixels"
    cache = _checked(_open(folder, side), samples, tell)
    missing = [sample for sample in samples if sample.id not in cache.rows]
    if missing:
        cache = _extended(cache, missing, _decoded(missing, workspace, side, advance))
    return [cache.images[cache.rows[sample.id]] for sample in samples]


def read(samples: Sequence[JobSample], workspace: Path, side: int) -> list[Pixels]:
    """Return the samples' images, resized to squares of `side` pixels, without using the cache.

    Raises AppError naming the first of the images that cannot be read.
    """
    return list(_decoded(samples, workspace, side, lambda done, total: None))


def unread(samples: Sequence[JobSample], workspace: Path, side: int) -> int:
    """Return how many of the samples' images are not in the cache yet."""
    cache = _open(workspace / "cache" / "pixels", side)
    return sum(sample.id not in cache.rows for sample in samples)


def decode(path: Path, side: int) -> Pixels | None:
    """Return one image resized to a square of `side` pixels; None where missing or broken."""
    try:
        with Image.open(path) as image:
            return squares.store(image, side)
    except (OSError, SyntaxError, ValueError):
        return None


def _checked(cache: _Cache, samples: Sequence[JobSample], tell: Callable[[str], None]) -> _Cache:
    """Return the cache without the damaged ones among the wanted images."""
    if cache.broken:
        tell("The cache of decoded pictures could not be used: it is built again.")
    wanted = [sample.id for sample in samples if sample.id in cache.rows]
    damaged = {name for name in wanted if not cache.sound(name)}
    if not damaged:
        return cache
    tell(
        f"{len(damaged)} of {len(wanted)} pictures in the cache of decoded pictures were "
        "damaged: they are decoded again."
    )
    return replace(cache, rows={n: row for n, row in cache.rows.items() if n not in damaged})


def _open(folder: Path, side: int) -> _Cache:
    """Return the cache; an empty one where there is none yet or it is broken."""
    empty = np.zeros((0, side, side, 3), np.uint8)
    nothing = _Cache(folder=folder, side=side, rows={}, sums={}, images=empty)
    try:
        index = json.loads((folder / f"{side}.json").read_bytes())
        rows = {str(name): row for row, name in enumerate(index["ids"])}
        sums = dict(zip(rows, index["sums"], strict=True))
        images = _mapped(folder / str(index["file"]))
        fits = index["format"] == _FORMAT and images.dtype == np.uint8
    except FileNotFoundError:
        # Without an index there never was a cache; without its file it has been cleared.
        return nothing
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return replace(nothing, broken=True)
    if not fits or images.shape != (len(rows), side, side, 3):
        return replace(nothing, broken=True)
    return _Cache(folder=folder, side=side, rows=rows, sums=sums, images=images)


def _decoded(
    samples: Sequence[JobSample],
    workspace: Path,
    side: int,
    advance: Callable[[int, int], None],
) -> Iterator[Pixels]:
    """Yield the images in order, few in memory at once; raise at the end where some failed."""

    def read_sample(sample: JobSample) -> Pixels | None:
        return decode(workspace / sample.path, side)

    bad: list[str] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for first in range(0, len(samples), AT_ONCE):
            some = samples[first : first + AT_ONCE]
            for done, (sample, image) in enumerate(
                zip(some, pool.map(read_sample, some), strict=True), start=first + 1
            ):
                if image is None:
                    bad.append(sample.path)
                else:
                    yield image
                advance(done, len(samples))
    if bad:
        raise AppError(
            f"{len(bad)} of {len(samples)} pictures are missing or broken in the workspace "
            f"(first: {bad[0]}).",
            title="Pictures missing",
            hint="Put the media folder back as it was, or import those pictures again.",
        )


def _extended(cache: _Cache, missing: Sequence[JobSample], decoded: Iterable[Pixels]) -> _Cache:
    """Write a new file with the cached and the missing images; the index names it last.

    What is returned is mapped from that very file, whatever another job puts in its place.
    """
    cache.folder.mkdir(parents=True, exist_ok=True)
    ids = [*cache.rows, *(sample.id for sample in missing)]
    sums = [cache.sums[name] for name in cache.rows]
    name = f"{cache.side}-{secrets.token_hex(4)}.npy"
    temporary = cache.folder / f"{name}.part"
    try:
        # Written, not mapped: on a full disk a write fails with a message, a mapped page with
        # SIGBUS.
        with temporary.open("wb") as file:
            shape = (len(ids), cache.side, cache.side, 3)
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_2_0(file, header)
            for row in cache.rows.values():
                file.write(cache.images[row].tobytes())
            for image in decoded:
                data = image.tobytes()
                sums.append(zlib.crc32(data))
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        images = _mapped(temporary)
        temporary.replace(cache.folder / name)
    finally:
        temporary.unlink(missing_ok=True)
    index = {"format": _FORMAT, "file": name, "ids": ids, "sums": sums}
    files.replace(cache.folder / f"{cache.side}.json", json.dumps(index).encode())
    for old in cache.folder.glob(f"{cache.side}-*.npy"):
        # A process that has the old file mapped keeps it until it closes it.
        if old.name != name:
            old.unlink(missing_ok=True)
    return replace(
        cache,
        rows={name: row for row, name in enumerate(ids)},
        sums=dict(zip(ids, sums, strict=True)),
        images=images,
        broken=False,
    )


def _mapped(file: Path) -> Pixels:
    # Still mapped, but as a plain array: an image is taken out of it in a tenth of the time.
    images: Pixels = np.load(file, mmap_mode="r").view(np.ndarray)
    return images
