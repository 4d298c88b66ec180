"""Background work that rests most of the time while somebody turns pages.

Priority alone does not help: a core that works slows the others through the memory that they share.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from storage.workspace.folder import Workspace

HERE_SECONDS = 3.0
"""So long after asking for something a person counts as being there."""
WORK_SECONDS = 0.1
REST_SECONDS = 0.2
_FILE = "somebody-here"


class Presence:
    """Shows other processes that somebody is at work: a file's time, renewed once a second."""

    def __init__(self, workspace: Workspace) -> None:
        self._file = _file(workspace)
        self._told = 0.0

    def note(self) -> None:
        """Note that somebody has just asked for something."""
        now = time.monotonic()
        if now - self._told < 1.0:
            return
        self._told = now
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()


@contextmanager
def resting(workspace: Workspace, rest: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Rest again and again inside this block while somebody is there. In the main thread only."""
    file, ended = _file(workspace), False

    def step(number: int, frame: FrameType | None) -> None:
        del number, frame
        if ended:
            return  # an alarm that went off while the block was being left
        if _is_fresh(file):
            rest(REST_SECONDS)
        # Armed again each time, so that a rest is never cut short by the next one.
        signal.setitimer(signal.ITIMER_REAL, WORK_SECONDS)

    before = signal.signal(signal.SIGALRM, step)
    signal.setitimer(signal.ITIMER_REAL, WORK_SECONDS)
    try:
        yield
    finally:
        ended = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _is_fresh(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < HERE_SECONDS
    except FileNotFoundError:
        return False


def _file(workspace: Workspace) -> Path:
    return workspace.cache / _FILE
