"""Files that browsers have sent: they wait below the workspace, and go when they have been used.

They are originals, with all that a camera and a person have written into them.
"""

import contextlib
import shutil
from pathlib import Path

from core.errors import AppError
from storage.workspace.folder import Workspace


def folder(workspace: Workspace) -> Path:
    """Return where they wait; each lies in a folder of its own."""
    return workspace.cache / "uploads"


def received(workspace: Workspace, file: str | Path) -> Path:
    """Return the path of a file that a browser says it has sent. Raises AppError for any other."""
    path = Path(file).resolve()
    if not _waits(workspace, path) or not path.is_file():
        raise AppError(
            "The file that was sent is not there any more.",
            title="Nothing received",
            hint="Send it again.",
        )
    return path


def discard(workspace: Workspace, path: Path) -> None:
    """Delete a file that was sent; a path of a person's own is left alone."""
    path = path.resolve()
    if not _waits(workspace, path):
        return
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


def clear(workspace: Workspace) -> None:
    """Delete what earlier sessions have left; nobody may be served yet."""
    shutil.rmtree(folder(workspace), ignore_errors=True)


def _waits(workspace: Workspace, path: Path) -> bool:
    return path.is_relative_to(folder(workspace).resolve())
