"""Paths inside a collection: which are hidden, which leave it, and why bad ones are refused."""

from pathlib import Path, PurePosixPath

from core.errors import AppError, ImageRefused

MAX_FILES = 500_000
"""Most entries that a folder or a zip may have."""

_SYSTEM_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "ehthumbs.db"})


def is_hidden(name: str) -> bool:
    """Return whether a path is hidden or a system file: .DS_Store, __MACOSX/..., Thumbs.db."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part.casefold() in _SYSTEM_NAMES for part in parts)


def suffix(name: str) -> str:
    """Return the suffix of a name in lower case, with its dot; "" when there is none."""
    return PurePosixPath(name).suffix.lower()


def leaves_root(name: str) -> bool:
    """Return whether a path is absolute or leaves the folder that it starts in."""
    if name.startswith("/") or name[1:3] in (":/", ":\\") or "\x00" in name:
        return True
    depth = 0
    for part in name.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def unreadable(reason: str) -> ImageRefused:
    """Return the refusal of a file that cannot be read."""
    return ImageRefused(f"the file cannot be read ({reason})", title="Picture not taken")


def too_many(path: Path, max_files: int) -> AppError:
    """Return the refusal of a collection that is too large."""
    return AppError(
        f"{path} has more than {max_files:,} files.",
        title="Too many files",
        hint="Import it in parts.",
    )
