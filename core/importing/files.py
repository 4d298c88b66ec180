"""The files below a folder or inside a zip, listed and read safely.

Nothing outside the root is ever opened: names that climb out, links that lead out and devices are
listed as skipped. A zip is read in place; nothing of it is unpacked.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import AppError
from core.imaging.decode import MAX_BYTES
from core.importing import paths, zips
from core.types import Skipped

WORKSPACE_FILE = "ai-mpox.sqlite"
"""What makes a folder a workspace."""


class Tree(Protocol):
    """A folder or a zip: both can be listed and read."""

    @property
    def root(self) -> Path:
        """The folder or the zip file."""

    @property
    def names(self) -> tuple[str, ...]:
        """Paths below the root, "/" between the parts, sorted; hidden and system files left out."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Entries that will not be read, and why."""

    @property
    def hidden(self) -> int:
        """How many hidden and system entries were ignored."""

    def read(self, name: str) -> bytes:
        """Return the bytes of one of `names`, at most one more than may be decoded.

        Raises ImageRefused when the file cannot be read.
        """


@dataclass(frozen=True, kw_only=True)
class FolderTree:
    """A folder."""

    root: Path
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    hidden: int
    real_names: dict[str, str]
    """Names that are not valid text, by the name they are shown with."""

    def read(self, name: str) -> bytes:
        """Read one file; see `Tree.read`."""
        try:
            with (self.root / self.real_names.get(name, name)).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise paths.unreadable(error.strerror or "unknown reason") from error


def opened(path: Path, *, max_files: int = paths.MAX_FILES) -> AbstractContextManager[Tree]:
    """Open a folder or a zip. Raises AppError when it is neither, or has too many files."""
    if path.is_dir():
        return nullcontext(_folder(path, max_files))
    return zips.opened(path, max_files)


def _folder(root: Path, max_files: int) -> FolderTree:
    names: list[str] = []
    skipped: list[Skipped] = []
    real_names: dict[str, str] = {}
    hidden = 0
    real_root = root.resolve()
    for real in _walk(root):
        name = real.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if paths.is_hidden(name):
            hidden += 1
            continue
        if name != real:
            real_names[name] = real
        reason = _why_not(root / real, real_root)
        if reason:
            skipped.append(Skipped(file=name, reason=reason))
        else:
            names.append(name)
        if len(names) > max_files:
            raise paths.too_many(root, max_files)
    return FolderTree(
        root=root,
        names=tuple(sorted(names)),
        skipped=tuple(skipped),
        hidden=hidden,
        real_names=real_names,
    )


def _walk(root: Path) -> Iterator[str]:
    """Give the files below `root`, and each hidden folder as one name without going into it.

    A workspace below it is passed over: its media were imported once already.
    """
    for folder, folders, files in os.walk(root):
        if WORKSPACE_FILE in files:
            folders.clear()
            if Path(folder) == root:
                raise _is_workspace(root)
            continue
        below = Path(folder).relative_to(root)
        closed = [name for name in folders if paths.is_hidden(name)]
        folders[:] = [name for name in folders if name not in closed]
        yield from ((below / name).as_posix() for name in (*closed, *files))


def _why_not(path: Path, real_root: Path) -> str:
    """Say why a path of a folder is not read; empty when it is."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(real_root):
            return "a link that leaves the folder"
        if not stat.S_ISREG(path.stat().st_mode):
            return "not a regular file"
    except (OSError, RuntimeError):
        return "a link that leads nowhere"
    return ""


def _is_workspace(root: Path) -> AppError:
    return AppError(
        f"{root} is a workspace, not a collection of pictures.",
        title="Nothing to import",
        hint="Open it with --workspace instead, or give the folder of the original pictures.",
    )
