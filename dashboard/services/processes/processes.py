"""Child processes: jobs that outlive their parent, and helpers that end with it."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from core import files

NICENESS = 5
"""Background work goes behind what a person is waiting for."""
_IDENTITY = "process.txt"
_SAME_START = 2.0
"""Seconds by which two readings of one process's start may differ: the system's clock is set."""
_CLOSE_SECONDS = 5.0


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the job of a folder at lower priority; its output goes to `output.txt` there.

    Raises OSError when the system cannot start it.
    """
    with (folder / "output.txt").open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.jobs", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environment(),
        )
    try:
        _lower_priority(child.pid, NICENESS)
        files.replace(folder / _IDENTITY, identity(child.pid).encode())
    except OSError:
        # A caller that learned that nothing was started must not find it running later.
        child.kill()
        child.wait()
        raise
    return child


class ChildProcess:
    """Holds at most one Python process at lower priority that ends with us."""

    def __init__(self, niceness: int = NICENESS) -> None:
        """`niceness` is that of POSIX, 0 (normal) to 19 (last)."""
        self._niceness = niceness
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self,
        *arguments: str,
        output: IO[bytes] | None = None,
        messages: IO[bytes] | None = None,
        **variables: str,
    ) -> None:
        """Start `python ARGUMENTS` with these environment variables; the last one has to be over.

        `output` and `messages` take its standard output and error; what is None is dropped.
        """
        with self._lock:
            self._child = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.DEVNULL,
                stderr=messages or subprocess.DEVNULL,
                env=environment(**variables),
            )
            _lower_priority(self._child.pid, self._niceness)

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        with self._lock:
            return self._child is not None and self._child.poll() is None

    def take_exit_code(self) -> int | None:
        """Return the exit code of a process that has ended, once; None in every other case."""
        with self._lock:
            code = None if self._child is None else self._child.poll()
            if code is not None:
                self._child = None
            return code

    def close(self) -> None:
        """Kill the process where it still runs."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(timeout=_CLOSE_SECONDS)
                self._child = None


def _lower_priority(pid: int, niceness: int) -> None:
    # Lowered from outside: a `preexec_fn` is not safe in a program with threads.
    with suppress(psutil.NoSuchProcess):
        # Windows has classes of priority instead of numbers.
        psutil.Process(pid).nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", niceness))


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process: ours, the same modules, and large pages.

    glibc asks for its memory in pages of 2 MiB then: a step of training passes through gigabytes,
    and the processor finds its way to fewer places. Other systems do not know the word, and what
    the environment says already stays.
    """
    return {
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **more,
    }


def of(folder: Path) -> str:
    """Return the identity of the living process that was started for a folder, or nothing."""
    try:
        recorded = (folder / _IDENTITY).read_text(encoding="utf-8")
    except OSError:
        return ""
    return recorded if is_alive(recorded) else ""


def identity(pid: int) -> str:
    """Return "<pid> <start time>"; empty when there is no such process, or only its remains.

    The start time distinguishes a process from a later one with the same number.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return ""
        return f"{pid} {process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def is_alive(recorded: str) -> bool:
    """Return whether the process with this identity still runs."""
    try:
        pid, started = recorded.split()
        now = identity(int(pid)).partition(" ")[2]
        return bool(now) and abs(float(now) - float(started)) < _SAME_START
    except ValueError:
        return False
