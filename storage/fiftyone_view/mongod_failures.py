"""Why mongod ended, read from its log, and what to do."""

import json
from pathlib import Path

from core.errors import ViewUnavailable

MARK = "--- AI-Mpox starts mongod ---"
"""Line in the log before the lines of each start."""
REBUILD = "The view holds nothing precious: run `ai-mpox sync --rebuild`."

# What mongod writes when it gives up -> (what happened, what to do). First match wins.
REASONS: dict[str, tuple[str, str]] = {
    "DBPathInUse": (
        "Another mongod already uses this workspace's FiftyOne folder.",
        "Close the other program that has opened the workspace, then try again.",
    ),
    "Address already in use": (
        "The port that FiftyOne's database needs is taken by another program.",
        "Try again; a free port is looked for at every start.",
    ),
    "No space left on device": (
        "The disk is full, so FiftyOne's database cannot start.",
        "Free at least 500 MB, then try again.",
    ),
    "ermission denied": (
        "FiftyOne's database may not write into the workspace's FiftyOne folder.",
        "Give yourself write permission on the folder `fiftyone` of the workspace.",
    ),
    "error while loading shared libraries": (
        "The installed mongod does not run on this system: a shared library is missing.",
        "Install OpenSSL 3, libcurl4 and liblzma5, or set AI_MPOX_MONGOD to a mongod that runs.",
    ),
    "Read-only file system": (
        "The workspace lies on a read-only disk, so FiftyOne's database cannot start.",
        "Copy the workspace to a disk that can be written.",
    ),
    "UPGRADE PROBLEM": ("FiftyOne's database was written by another version of mongod.", REBUILD),
    "Wrong mongod version": (
        "FiftyOne's database was written by another version of mongod.",
        REBUILD,
    ),
    "WT_TRY_SALVAGE": ("FiftyOne's database files are damaged.", REBUILD),
    "WT_PANIC": ("FiftyOne's database files are damaged.", REBUILD),
}

PASSING = {"DBPathInUse", "Address already in use"}
"""Reasons that resolve by themselves: the killed server's mongod is about to end."""


def written(folder: Path) -> str:
    """Return what mongod has written since its last start."""
    log = (folder / "mongod.log").read_text(errors="replace").rpartition(MARK)[2]
    return (folder / "mongod.out").read_text(errors="replace") + log


def reason(folder: Path) -> str | None:
    """Return which of the known reasons mongod gave since its last start."""
    text = written(folder)
    return next((cause for cause in REASONS if cause in text), None)


def problem(folder: Path, reason: str | None, code: int) -> ViewUnavailable:
    """Return the error that tells a person why mongod ended, and what to do."""
    if reason is not None:
        message, hint = REASONS[reason]
        return ViewUnavailable(message, title="FiftyOne cannot start", hint=hint)
    lines = written(folder).strip().splitlines()
    return ViewUnavailable(
        f"mongod ended with code {code}; its last words: {_words(lines[-1]) if lines else 'none'}",
        title="FiftyOne cannot start",
        hint="Read `fiftyone/mongod.log` in the workspace. " + REBUILD,
    )


def _words(line: str) -> str:
    """Return the message of a line of mongod's JSON log, or the line itself."""
    try:
        return str(json.loads(line)["msg"])
    except (ValueError, KeyError, TypeError):
        return line[:200]
