"""Jobs killed with SIGKILL at random moments, as a power cut or the system would end them."""

import random
import subprocess
import sys
import time
from pathlib import Path

from core.jobs import job_spec

_PATIENCE_S = 300


def started(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the job of a folder in a process of its own; what it says goes to `output.txt`."""
    with (folder / "output.txt").open("ab") as output:
        command = [sys.executable, "-m", "core.jobs", str(folder)]
        return subprocess.Popen(command, stdout=output, stderr=output)


def epochs(folder: Path) -> int:
    """Return the last epoch that a job has finished."""
    return max((e["epoch"] for e in job_spec.events(folder) if e["event"] == "epoch"), default=0)


def await_epoch(process: "subprocess.Popen[bytes]", folder: Path, epoch: int) -> None:
    """Wait until a running job has finished an epoch. It must not end before."""
    deadline = time.monotonic() + _PATIENCE_S
    while epochs(folder) < epoch:
        assert process.poll() is None, (folder / "output.txt").read_text()
        assert time.monotonic() < deadline, f"epoch {epoch} has not come"
        time.sleep(0.01)


def seconds_an_epoch(folder: Path) -> float:
    """Return how long the last epoch took."""
    told = [event["seconds"] for event in job_spec.events(folder) if event["event"] == "epoch"]
    return float(told[-1])


def at_random_batches(folder: Path, kills: int, dice: random.Random) -> list[int]:
    """Kill a job so often, each time in a later epoch; return the epochs that were lost.

    The moment within the epoch is drawn, so that every batch of it may be the last one.
    """
    lost = []
    for _ in range(kills):
        process = started(folder)
        await_epoch(process, folder, epochs(folder) + 1)
        time.sleep(dice.random() * seconds_an_epoch(folder))
        process.kill()
        process.wait()
        lost.append(epochs(folder) + 1)
    return lost
