"""What a job has cost so far, summed over all the processes that worked on it."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core import files

_FILE = "cost.json"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Time that a job took. What a killed process did after its last `keep` is not counted."""

    seconds: float = 0.0
    """By the clock, pauses left out."""
    cpu_seconds: float = 0.0
    """Of all processor cores together."""
    gpu_seconds: float = 0.0
    """By the clock, once for each accelerator that was held."""
    starts: int = 0
    """Processes that worked on it: 1 for a job that was not interrupted."""


class Meter:
    """Counts from where earlier processes of the same job have stopped."""

    def __init__(self, folder: Path) -> None:
        """`folder` is kept as long as the job can be resumed."""
        self._file = folder / _FILE
        self._before = _read(self._file)
        self.gpus = 0
        """Accelerators that the job holds, from its start on."""
        self._clock, self._processor = time.monotonic(), _processor_seconds()

    def total(self) -> Cost:
        """Return what the job has cost up to now."""
        seconds, before = time.monotonic() - self._clock, self._before
        cpu = _processor_seconds() - self._processor
        return Cost(
            seconds=round(before.seconds + seconds, 3),
            cpu_seconds=round(before.cpu_seconds + cpu, 3),
            gpu_seconds=round(before.gpu_seconds + self.gpus * seconds, 3),
            starts=before.starts + 1,
        )

    def keep(self) -> None:
        """Write the total down for the next process of the job."""
        self._file.parent.mkdir(exist_ok=True)
        files.replace(self._file, json.dumps(asdict(self.total())).encode())


def _processor_seconds() -> float:
    """Return what this process and its ended children have computed."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _read(file: Path) -> Cost:
    try:
        return Cost(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return Cost()
