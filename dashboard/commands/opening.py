"""The command line's composition root: opens the workspace and finds what arguments name."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import AppError
from core.types import ClassId, SampleId
from storage.samples import classes, lookup
from storage.workspace.folder import DATABASE_FILE, Workspace


@contextlib.contextmanager
def workspace(folder: Path, *, create: bool = False) -> Iterator[Workspace]:
    """Open the workspace for the length of a command.

    Raises AppError when there is none and the command does not make one.
    """
    opened = Workspace.open(folder, create=create)
    try:
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def workspace_or_scratch(folder: Path, *, scratch: bool) -> Iterator[Workspace]:
    """Open the workspace, making it first; for a dry run an empty one that leaves nothing behind.

    A dry run beside an existing workspace is tried on that one.
    """
    if not scratch or (folder / DATABASE_FILE).is_file():
        with workspace(folder, create=True) as opened:
            yield opened
        return
    with tempfile.TemporaryDirectory() as empty, workspace(Path(empty), create=True) as opened:
        yield opened


def class_names(opened: Workspace) -> dict[ClassId, str]:
    """Return the name of every class, removed ones too: old runs speak of them."""
    with opened.read() as session:
        return classes.names(session)


def sample_ids(opened: Workspace, texts: Sequence[str]) -> list[SampleId]:
    """Return the samples that ids, beginnings of ids or file names stand for, each once.

    "-" reads one a line from standard input. Raises AppError for the first that is unclear.
    """
    named = [word for text in texts for word in (_from_stdin() if text == "-" else [text])]
    if not named:
        raise AppError(
            "No sample was named.", title="Nothing to do", hint="Give ids or file names of samples."
        )
    with opened.read() as session:
        return list(dict.fromkeys(lookup.resolve(session, name) for name in named))


def _from_stdin() -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()]
