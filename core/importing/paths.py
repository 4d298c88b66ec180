"""Paths inside a collection: which are hidden, which climb out, what is said about bad ones."""

from pathlib import Path, PurePosixPath

from core.errors import AppError, ImageRefused

MAX_FILES = 500_000
"""Most entries that a folder or a zip may have."""

_SYSTEM_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "ehthumbs.db"})


def is_hidden(name: str) -> bool:
    """Tell whether a path is one that people do not see: .DS_Store, __MACOSX/..., Thumbs.db."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part.casefold() in _SYSTEM_NAMES for part in parts)


def suffix(name: str) -> str:
    """Return the ending of a name in lower case, with its dot; "" when there is none."""
    return PurePosixPath(name).suffix.lower()


def leaves_root(name: str) -> bool:
    """Tell whether a relative path is absolute after all, or climbs above where it starts."""
    if name.startswith("/") or name[1:3] in (":/", ":\\") or "\x00" in name:
        return True
    depth = 0
    for part in name.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def unreadable(reason: str) -> ImageRefused:
    """Return the refusal of a file whose bytes cannot be had."""
    return ImageRefused(f"the file cannot be read ({reason})", title="Picture not taken")


def too_many(path: Path, max_files: int) -> AppError:
    """Return the refusal of a collection that is too large."""
    return AppError(
        f"{path} has more than {max_files:,} files.",
        title="Too many files",
        hint="Import it in parts.",
    )
