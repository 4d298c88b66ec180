"""Stored images and thumbnails, by content.

An image is staged first (written to a file of its own, by any thread) and published later:
flushed to the disk, then renamed to its final name. What has a row in the database is therefore
complete on the disk, also after a crash.
"""

import errno
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import ImageId
from storage.database import sql
from storage.database.tables import FileHashRow, ImageRow
from storage.workspace.folder import Workspace

_INCOMING = "incoming"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A file that is written but not yet known to be on the disk."""

    incoming: Path
    final: Path


@dataclass(frozen=True, kw_only=True)
class NewImage:
    """What is known of an image that has been published."""

    id: ImageId
    pixel_sha256: str
    file: str
    """Name in `media/`."""
    width: int
    height: int
    byte_size: int


def relative(image: ImageId, suffix: str) -> str:
    """Return an image's name below `media/`: "ab/abcdef0123456789.jpg"."""
    return f"{image[:2]}/{image}{suffix}"


def path(workspace: Workspace, file: str) -> Path:
    """Return where the image lies that `ImageRow.file` names."""
    return workspace.media / file


def thumb_path(workspace: Workspace, image: ImageId) -> Path:
    """Return where an image's thumbnail lies."""
    return workspace.thumbs / image[:2] / f"{image}.webp"


def stage(workspace: Workspace, final: Path, data: bytes) -> Staged:
    """Write a file beside its later place. Safe in threads. Raises AppError on a full disk."""
    folder = workspace.media / _INCOMING
    incoming = folder / f"{os.getpid()}-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        incoming.write_bytes(data)
    except OSError as error:
        with suppress(OSError):
            incoming.unlink()
        raise _not_written(error) from error
    return Staged(incoming=incoming, final=final)


def publish(staged: Iterable[Staged]) -> None:
    """Flush staged files to the disk and give them their names: all before the rows that follow."""
    files = list(staged)
    try:
        for file in files:
            _flush(file.incoming)
        for folder in {file.final.parent for file in files}:
            folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            file.incoming.replace(file.final)
        for folder in {
            above for file in files for above in (file.final.parent, file.final.parents[1])
        }:
            _flush(folder)
    except OSError as error:
        discard(files)
        raise _not_written(error) from error


def discard(staged: Iterable[Staged]) -> None:
    """Remove what was staged and will not be published."""
    for file in staged:
        with suppress(OSError):
            file.incoming.unlink()


def sweep(workspace: Workspace) -> None:
    """Remove what processes that are gone have left staged."""
    for left in (workspace.media / _INCOMING).glob("*-*"):
        process = left.name.split("-", 1)[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            left.unlink(missing_ok=True)


def store(workspace: Workspace, image: ImageId, suffix: str, data: bytes, thumb: bytes) -> str:
    """Put one image and its thumbnail on the disk; return the image's name in `media/`."""
    file = relative(image, suffix)
    staged = [stage(workspace, path(workspace, file), data)]
    try:
        staged.append(stage(workspace, thumb_path(workspace, image), thumb))
    except AppError:
        discard(staged)
        raise
    publish(staged)
    return file


def known_files(session: Session, hashes: Iterable[str]) -> dict[str, ImageId]:
    """Return, of these file hashes, the ones ever seen and the images that they became."""
    rows = session.execute(
        select(FileHashRow.sha256, FileHashRow.image_id).where(
            FileHashRow.sha256.in_(sql.listed(hashes))
        )
    )
    return {sha256: ImageId(image) for sha256, image in rows}


def by_pixel_hash(session: Session, sha256: str) -> ImageId | None:
    """Return the stored image that has exactly these pixels."""
    image = session.scalar(select(ImageRow.id).where(ImageRow.pixel_sha256 == sha256))
    return None if image is None else ImageId(image)


def file_of(session: Session, image: ImageId) -> str | None:
    """Return the name in `media/` of a stored image."""
    return session.scalar(select(ImageRow.file).where(ImageRow.id == image))


def files(session: Session, images: Iterable[ImageId]) -> dict[ImageId, str]:
    """Return the names in `media/` of those images that exist."""
    rows = session.execute(
        select(ImageRow.id, ImageRow.file).where(ImageRow.id.in_(sql.listed(images)))
    )
    return {ImageId(image): file for image, file in rows}


def sizes(session: Session, images: Iterable[ImageId]) -> dict[ImageId, tuple[int, int]]:
    """Return (width, height) in pixels of those images that exist."""
    rows = session.execute(
        select(ImageRow.id, ImageRow.width, ImageRow.height).where(
            ImageRow.id.in_(sql.listed(images))
        )
    )
    return {ImageId(image): (width, height) for image, width, height in rows}


def sides(session: Session) -> list[int]:
    """Return the shorter side, in pixels, of every stored image."""
    return list(session.scalars(select(func.min(ImageRow.width, ImageRow.height))))


def add(session: Session, new: NewImage) -> None:
    """Register a published image; nothing happens when it is there already."""
    row = insert(ImageRow).values(
        id=new.id,
        pixel_sha256=new.pixel_sha256,
        file=new.file,
        width=new.width,
        height=new.height,
        byte_size=new.byte_size,
        added=datetime.now(UTC),
    )
    session.execute(row.on_conflict_do_nothing())


def remember_file(session: Session, sha256: str, image: ImageId) -> None:
    """Note that a file with these bytes is this image, so that it is never decoded again."""
    row = insert(FileHashRow).values(sha256=sha256, image_id=image)
    session.execute(row.on_conflict_do_nothing())


def _flush(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    is_folder = path.is_dir()
    if is_folder and psutil.WINDOWS:
        return  # Windows opens no folder, and its file system keeps a journal of names.
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(error: OSError) -> AppError:
    if error.errno in _FULL:
        return AppError(
            "The disk is full: a picture could not be written; what was stored before is safe.",
            title="Disk is full",
            hint="Free some space, then do it again: it continues where it stopped.",
        )
    return AppError(
        f"A picture could not be written to the workspace ({error.strerror}).",
        title="Not written",
        hint="Check that the workspace's disk is there and may be written to.",
    )
