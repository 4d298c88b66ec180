"""The contract between processes: a folder with `job.json` in, events and results out.

`python -m core.jobs DIR` trains or searches as DIR/job.json says. No database: the job file is
a snapshot, the images are read below the workspace folder. Running it again on a folder
without `result.json` goes on from the last finished epoch.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from core import files
from core.errors import AppError, JobFailed
from core.settings import config as configs
from core.settings.config import Hardware, TrainConfig
from core.types import ClassId, JobSample, SampleId, Split

JOB, RESULT, EVENTS, ERROR = "job.json", "result.json", "events.jsonl", "error.txt"
STOP, PAUSE = "stop", "pause"
"""Empty files that request a stop (end and keep the best) or a pause (resume later)."""
TRACEBACK, OUTPUT = "traceback.txt", "output.txt"
"""Of a bug, and whatever else the job's process printed."""
CHECKPOINT, PREDICTIONS, FOLDS = "checkpoint", "predictions.npz", "folds.npz"
"""What a training job leaves; predictions out of fold only where there are folds."""
LAST = "last"
"""Folder of the state that an unfinished job resumes from; removed when it has finished."""


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What a job has to do; its only input."""

    kind: str
    """train or search"""
    classes: tuple[tuple[ClassId, str], ...]
    """(id, name) in column order."""
    samples: tuple[JobSample, ...]
    config: TrainConfig
    workspace: str = "../.."
    """The workspace folder, relative to the job's folder: a workspace may move."""
    threads: int = 0
    """Processor threads; 0: all."""
    at_once: int | None = None
    """Most images that go through the network at once, where memory is short; None: a batch."""
    hardware: Hardware | None = None
    """Filled in by the job's first start, kept by every later one."""

    def __post_init__(self) -> None:
        """Refuse what a caller must never write."""
        ids = {class_id for class_id, _ in self.classes}
        if self.kind not in ("train", "search"):
            raise ValueError(f"no job is of kind {self.kind!r}")
        if any(s.label is not None and s.label not in ids for s in self.samples):
            raise ValueError("a sample's label is not among the job's classes")
        if len({s.id for s in self.samples}) != len(self.samples):
            raise ValueError("a sample stands twice in the job")

    def fingerprint(self) -> str:
        """Return the data fingerprint: a hash of the sorted (sample, label, split, group)."""
        rows = sorted(
            (s.id, s.label, None if s.split is None else s.split.value, s.group)
            for s in self.samples
        )
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]

    def half(self) -> int | None:
        """Return half of what goes through the network at once; None where that is too little."""
        share = math.ceil(self.config.batch_size / max(1, self.config.devices))
        before = min(self.at_once or share, share)
        # Two images are the fewest that BatchNorm statistics can be learnt from.
        return before // 2 if before // 2 >= (1 if self.config.pretrained else 2) else None

    def write(self, folder: Path) -> None:
        """Write `job.json` into an existing folder."""
        document = {
            "format": 1,
            "kind": self.kind,
            "classes": [list(item) for item in self.classes],
            "config": self.config.model_dump(mode="json"),
            "workspace": self.workspace,
            "threads": self.threads,
            "at_once": self.at_once,
            "hardware": None if self.hardware is None else asdict(self.hardware),
            "fingerprint": self.fingerprint(),
            "samples": [asdict(sample) for sample in self.samples],
        }
        files.replace(folder / JOB, json.dumps(document).encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote. Raises JobFailed where it is missing or broken."""
        try:
            raw = json.loads((folder / JOB).read_bytes())
            return cls(
                kind=raw["kind"],
                classes=tuple((ClassId(number), name) for number, name in raw["classes"]),
                samples=tuple(_sample(row) for row in raw["samples"]),
                config=configs.from_dict(raw["config"]),
                workspace=raw["workspace"],
                threads=raw["threads"],
                at_once=raw.get("at_once"),
                hardware=None if raw["hardware"] is None else Hardware(**raw["hardware"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AppError) as why:
            raise JobFailed(
                "The job's settings (job.json) are missing or broken.",
                title="Job not readable",
                hint="Start a new run.",
            ) from why


def _sample(row: Mapping[str, Any]) -> JobSample:
    split = row["split"]
    return JobSample(
        **{
            **row,
            "id": SampleId(row["id"]),
            "split": None if split is None else Split(split),
            "original": None if row.get("original") is None else SampleId(row["original"]),
        }
    )


class EventLog:
    """`events.jsonl`: one JSON object a line, only ever appended to."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        if self._path.exists() and self._path.read_bytes()[-1:] not in (b"", b"\n"):
            # A killed predecessor's half line is closed, so that it spoils no other.
            with self._path.open("ab") as file:
                file.write(b"\n")

    def __call__(self, event: str, **values: Any) -> None:
        """Append one event."""
        line = json.dumps({"event": event, **values}, allow_nan=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class EventReader:
    """Reads the events of a job, each of them once: a run of hours has many."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self._read = 0
        """Bytes of whole lines that have been read."""

    def fresh(self) -> Iterator[dict[str, Any]]:
        """Yield the complete events that came since the last time; a half-written line waits."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return
        self._read += sum(len(line) + 1 for line in lines)
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                yield event


def events(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the complete events of a job so far."""
    return EventReader(folder).fresh()
