"""Zips, read in place: nothing is unpacked, so that no name can lead anywhere."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import AppError
from core.imaging.decode import MAX_BYTES
from core.importing import paths
from core.types import Skipped

MAX_UNPACKED_BYTES = 200 * 2**30
"""Most unpacked bytes that a zip may declare."""


@dataclass(frozen=True, kw_only=True)
class ZipTree:
    """A zip file, open while it is used."""

    root: Path
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    hidden: int
    archive: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]

    def read(self, name: str) -> bytes:
        """Read one entry; see `core.importing.files.Tree`."""
        try:
            with self.archive.open(self.entries[name]) as file:
                return file.read(MAX_BYTES + 1)
        except (OSError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise paths.unreadable("its entry in the zip is damaged") from error


@contextmanager
def opened(path: Path, max_files: int) -> Iterator[ZipTree]:
    """Open a zip. Raises AppError when it is none, or too large."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise AppError(
            f"{path} is not a zip that can be opened.",
            title="Not a zip",
            hint="Check that its download is complete.",
        ) from error
    with archive:
        yield _listed(path, archive, max_files)


def _listed(path: Path, archive: zipfile.ZipFile, max_files: int) -> ZipTree:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > max_files:
        raise paths.too_many(path, max_files)
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise AppError(
            f"{path} would unpack to more than {MAX_UNPACKED_BYTES // 2**30} GB.",
            title="Zip too large",
            hint="Unpack it yourself and import the folder.",
        )
    entries: dict[str, zipfile.ZipInfo] = {}
    skipped: list[Skipped] = []
    hidden = 0
    for info in infos:
        name = info.filename.replace("\\", "/").encode("utf-8", "replace").decode("utf-8")
        reason = _why_not_entry(name, info, entries)
        if reason:
            skipped.append(Skipped(file=name, reason=reason))
        elif paths.is_hidden(name):
            hidden += 1
        else:
            entries[name] = info
    return ZipTree(
        root=path,
        names=tuple(sorted(entries)),
        skipped=tuple(skipped),
        hidden=hidden,
        archive=archive,
        entries=entries,
    )


def _why_not_entry(name: str, info: zipfile.ZipInfo, entries: dict[str, zipfile.ZipInfo]) -> str:
    if paths.leaves_root(name):
        return "its path leaves the zip"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.file_size > MAX_BYTES:
        return f"the file is larger than {MAX_BYTES // 2**20} MB"
    return "its name stands twice in the zip" if name in entries else ""
