"""Child processes: jobs that outlive their parent, and helpers that end with it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from core import files
from core.jobs import job_spec

NICENESS = 5
"""Background work goes behind what a person is waiting for."""
_IDENTITY = "process.txt"
_SAME_START = 2.0
"""Seconds by which two readings of one process's start may differ: the system's clock is set."""
_CLOSE_SECONDS = 5.0
_RESERVE_SECONDS = 600.0
_RESERVE_BYTES = 3 * 2**30
"""Of free memory, without which no process is put in reserve."""
_SHORT_BYTES = 2**30
"""Of free memory, below which none is kept there."""


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the job of a folder at lower priority; its output goes to `output.txt` there.

    Raises OSError when the system cannot start it.
    """
    with (folder / job_spec.OUTPUT).open("ab") as output:
        child = _job(str(folder), stdin=subprocess.DEVNULL, output=output)
    return _known(child, folder)


def _job(argument: str, *, stdin: int, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "core.jobs", argument],
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
        env=environment(),
    )
    _lower_priority(child.pid, NICENESS)
    return child


def _known(child: subprocess.Popen[bytes], folder: Path) -> subprocess.Popen[bytes]:
    """Write down who does the job of a folder."""
    try:
        files.replace(folder / _IDENTITY, identity(child.pid).encode())
    except OSError:
        # A caller that learned that nothing was started must not find it running later.
        child.kill()
        child.wait()
        raise
    return child


class Reserve:
    """At most one process that has loaded what jobs need, which takes seconds, and waits for one.

    It ends with us, after a while in which no job came, or as soon as memory is short.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._since: float | None = None

    def prepare(self) -> None:
        """Have a process ready soon: somebody is about to start a job."""
        with self._lock:
            self._since = self._clock()
            if self._child is None and psutil.virtual_memory().available > _RESERVE_BYTES:
                with suppress(OSError):
                    self._child = _job("--wait", stdin=subprocess.PIPE, output=subprocess.DEVNULL)

    def start(self, folder: Path) -> subprocess.Popen[bytes]:
        """Start the job of a folder, in the waiting process where there is one; as `start`."""
        with self._lock:
            child, self._child = self._child, None
        if child is None or child.stdin is None:
            return start(folder)
        try:
            _known(child, folder)
            child.stdin.write(f"{folder}\n".encode())
            child.stdin.close()
        except BrokenPipeError:  # it has died
            child.wait()
            return start(folder)
        return child

    def renew(self) -> None:
        """Have another one ready, after a job of somebody who may well start the next."""
        if self._is_recent():
            self.prepare()

    def tick(self) -> None:
        """End the process where nobody has needed it for long, or others need its memory."""
        if not self._is_recent() or psutil.virtual_memory().available < _SHORT_BYTES:
            self.close()

    def _is_recent(self) -> bool:
        return self._since is not None and self._clock() - self._since <= _RESERVE_SECONDS

    def close(self) -> None:
        """End the waiting process."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


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
