"""Files that are either complete or absent, and the one sentence for a full disk."""

import errno
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import AppError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def replace(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def replace_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays as .npz, complete or not at all; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(buffer, **named)
    replace(path, buffer.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]] | None:
    """Return these arrays of an .npz file; None where there is none, or it is broken.

    Arrays of different lengths count as broken, and so does anything that needs unpickling.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in names}
    # A damaged file may be anything: cut off, another format, a table of contents without contents.
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error):
        return None
    lengths = {len(array) for array in arrays.values() if array.ndim}
    return arrays if len(lengths) <= 1 else None


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; an empty one where there is none, or it is broken."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def disk_full(failure: OSError) -> AppError | None:
    """Return what to tell a person if a write failed for want of space, else None."""
    if failure.errno not in _FULL:
        return None
    return AppError(
        "The disk is full: the job's results could not be written.",
        title="Disk full",
        hint="Free some space and resume the run; its finished epochs are kept.",
    )
