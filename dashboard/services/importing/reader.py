"""The reading half of an import: files -> decoded, staged images, in a few threads."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from core.errors import AppError, ImageRefused
from core.imaging import decode
from core.types import ImageId, PlannedSource
from storage.workspace import media
from storage.workspace.folder import Workspace
from storage.workspace.media import NewImage, Staged

THREADS = min(4, os.cpu_count() or 1)
"""Decoding gives up the interpreter's lock, so that threads use all cores."""

Read = Callable[[PlannedSource], bytes]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A decoded image and its staged files."""

    image: NewImage
    staged: tuple[Staged, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """A file of the import after it was read."""

    source: PlannedSource
    file_sha256: str = ""
    known: ImageId | None = None
    """The image that these bytes have become earlier."""
    prepared: Prepared | None = None
    refused: str = ""
    """Why it cannot be taken; empty when it can."""


class Reader:
    """Reads batches of files. `store=False` decodes, but leaves nothing on the disk."""

    def __init__(self, workspace: Workspace, read: Read, *, store: bool) -> None:
        self._workspace = workspace
        self._read = read
        self._store = store
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="import")

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def batch(self, sources: Sequence[PlannedSource]) -> list[Item]:
        """Read files in order; the same bytes are decoded once, and not at all if ever seen.

        Raises AppError when the disk is full; what was staged by then is removed.
        """
        hashed = list(self._pool.map(self._hash, sources))
        with self._workspace.read() as session:
            image_of = media.known_files(session, {sha for sha, _why in hashed if sha})
        first: dict[str, PlannedSource] = {}
        for source, (sha256, _why) in zip(sources, hashed, strict=True):
            if sha256 and sha256 not in image_of:
                first.setdefault(sha256, source)
        prepared = self._prepared(first)
        return [
            _item(source, sha256, why, image_of.get(sha256), prepared.get(sha256))
            for source, (sha256, why) in zip(sources, hashed, strict=True)
        ]

    def _prepared(self, first: dict[str, PlannedSource]) -> dict[str, Prepared | str]:
        futures: dict[str, Future[Prepared | str]] = {
            sha256: self._pool.submit(self._prepare, source) for sha256, source in first.items()
        }
        try:
            return {sha256: future.result() for sha256, future in futures.items()}
        except AppError:
            wait(futures.values())
            for future in futures.values():
                if future.exception() is None:
                    result = future.result()
                    media.discard(() if isinstance(result, str) else result.staged)
            raise

    def _hash(self, source: PlannedSource) -> tuple[str, str]:
        """Return (SHA-256 of the bytes, "") or ("", why they cannot be read)."""
        try:
            return hashlib.sha256(self._read(source)).hexdigest(), ""
        except ImageRefused as error:
            return "", error.message

    def _prepare(self, source: PlannedSource) -> Prepared | str:
        try:
            decoded = decode.decode(self._read(source))
        except ImageRefused as error:
            return error.message
        image = NewImage(
            id=decoded.id,
            pixel_sha256=decoded.pixel_sha256,
            file=media.relative(decoded.id, decoded.suffix),
            width=decoded.width,
            height=decoded.height,
            byte_size=len(decoded.data),
        )
        if not self._store:
            return Prepared(image=image, staged=())
        picture = media.stage(
            self._workspace, media.path(self._workspace, image.file), decoded.data
        )
        try:
            thumb = decode.thumbnail(decoded.image)
            small = media.stage(
                self._workspace, media.thumb_path(self._workspace, decoded.id), thumb
            )
        except AppError:
            media.discard([picture])
            raise
        return Prepared(image=image, staged=(picture, small))


def _item(
    source: PlannedSource,
    sha256: str,
    why: str,
    known: ImageId | None,
    prepared: Prepared | str | None,
) -> Item:
    if isinstance(prepared, str):
        return Item(source=source, refused=prepared)
    return Item(source=source, file_sha256=sha256, known=known, prepared=prepared, refused=why)
