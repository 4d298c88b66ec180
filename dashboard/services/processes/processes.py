"""Child processes that outlive their parent: started in their own session, known by identity."""

import os
import subprocess
import sys
from pathlib import Path

from core import files

NICENESS = 5
"""Background work goes behind what a person is waiting for."""
_IDENTITY = "process.txt"


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the job of a folder at lower priority; what it says goes to `output.txt` there.

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
        # Lowered from here: a `preexec_fn` is not safe in a program with threads.
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        files.replace(folder / _IDENTITY, identity(child.pid).encode())
    except OSError:
        # Whoever is told that nothing was started must not meet it later.
        child.kill()
        child.wait()
        raise
    return child


def start_quietly(module: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a module of ours that ends with us, at lower priority; what it says goes nowhere."""
    child = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
    return child


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
        known = (folder / _IDENTITY).read_text(encoding="utf-8")
    except OSError:
        return ""
    return known if is_alive(known) else ""


def identity(pid: int) -> str:
    """Return "<pid> <start time>"; empty when there is no such process, or only its remains.

    The start time tells a process from a later one with the same number.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else f"{pid} {fields[19]}"


def is_alive(known: str) -> bool:
    """Say whether the process with this identity still runs."""
    pid = known.partition(" ")[0]
    return pid.isdigit() and identity(int(pid)) == known
