"""The contract between processes: a folder with `job.json` in, events and results out.

`python -m core.job DIR` trains or predicts what DIR/job.json says. No database: the job file is
a snapshot, the pictures are read below the workspace folder. Running it again on a folder
without `result.json` goes on from the last finished epoch.
"""

import fcntl
import hashlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from core import config as configs
from core import files
from core.config import Hardware, TrainConfig
from core.errors import AppError, JobFailed, Paused
from core.types import ClassId, JobSample, SampleId, Split

JOB, RESULT, EVENTS, ERROR = "job.json", "result.json", "events.jsonl", "error.txt"
STOP, PAUSE = "stop", "pause"
"""Empty files by which a person asks: end and keep the best, or go on some other time."""
TRACEBACK = "traceback.txt"
CHECKPOINT = "checkpoint"
LAST = "last"
FIRST = "AI_MPOX_FIRST_PROCESS"
"""Tells a process that it is to train along with the one of this number."""


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What a job has to do; the only thing that it knows."""

    kind: str
    """train, search or predict"""
    classes: tuple[tuple[ClassId, str], ...]
    """(id, name) in column order."""
    samples: tuple[JobSample, ...]
    config: TrainConfig
    workspace: str = "../.."
    """The workspace folder, relative to the job's folder: a workspace may move."""
    threads: int = 0
    """Processor threads; 0: all."""
    checkpoint: str | None = None
    """Of a predict job: the checkpoint folder, relative to the job's folder."""
    at_once: int | None = None
    """Most pictures that go through the network at once, where memory is short; None: a batch."""
    hardware: Hardware | None = None
    """Filled in by the job's first start, kept by every later one."""

    def __post_init__(self) -> None:
        """Refuse what a caller must never write."""
        ids = {class_id for class_id, _ in self.classes}
        if self.kind not in ("train", "search", "predict"):
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
        before = min(self.at_once or self.config.batch_size, self.config.batch_size)
        # Two pictures are the fewest that BatchNorm statistics can be learnt from.
        return before // 2 if before // 2 >= (1 if self.config.pretrained else 2) else None

    def write(self, folder: Path) -> None:
        """Write `job.json` into an existing folder."""
        document = {
            "format": 1,
            "kind": self.kind,
            "classes": [list(item) for item in self.classes],
            "config": self.config.to_dict(),
            "workspace": self.workspace,
            "threads": self.threads,
            "checkpoint": self.checkpoint,
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
                checkpoint=raw["checkpoint"],
                at_once=raw.get("at_once"),
                hardware=None if raw["hardware"] is None else Hardware(**raw["hardware"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as why:
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


def events(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the complete events of a job so far; a half-written line is ignored."""
    try:
        lines = (folder / EVENTS).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            yield event


class _Refused(JobFailed):
    """Another process computes the job: its folder is not to be touched."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            raise _Refused(
                "This run is already being computed by another process.",
                title="Run in progress",
                hint="Wait for it, or stop it first.",
            ) from why
        yield


def run(folder: Path) -> int:
    """Do the job of a folder; return the exit status (0 done or paused, 1 failed and said why)."""
    try:
        with _alone(folder):
            for name in (ERROR, TRACEBACK):
                (folder / name).unlink(missing_ok=True)
            if not (folder / RESULT).exists():
                _work(folder)
    except Paused:
        return 0
    except _Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except AppError as failure:
        return _failed(folder, failure)
    except OSError as failure:
        told = files.disk_full(failure)
        if told is None:
            raise
        return _failed(folder, told)
    except (MemoryError, RuntimeError) as failure:
        from core import hardware

        if not hardware.out_of_memory(failure):
            raise
        told = JobFailed(
            "Memory was too short to look at the pictures with this network.",
            title="Out of memory",
            hint="Close other programs and resume the run, or choose smaller images or a smaller "
            "network.",
        )
        return _failed(folder, told)
    return 0


def _work(folder: Path) -> None:
    # Threads that wait for each other look again for some microseconds before they sleep: sleeping
    # at once costs small networks half their speed, never sleeping takes the dashboard's cores.
    # Read by torch's libraries as they are loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    # torch and timm take seconds to import; who only writes job files need not wait.
    from core import hardware, predict_job, resume, search, team, train_job

    began = time.monotonic()
    spec = JobSpec.read(folder)
    log = EventLog(folder)
    chosen = spec.hardware
    if chosen is not None and not hardware.is_there(chosen):
        chosen = None
        log("message", text="The GPU that this run began on is gone: it goes on without.")
    if chosen is None:
        cache = folder / spec.workspace / "cache"
        chosen = hardware.choose(spec.config, cache, threads=spec.threads, at_once=spec.at_once)
        spec = replace(spec, hardware=chosen)
        spec.write(folder)
    if spec.kind == "train":
        together = team.ALONE
        if hardware.processes(spec.config, chosen) > 1:
            from core import launching

            together = launching.gather(folder, spec.config, chosen)
        hardware.apply(hardware.share(chosen, together.size))
        result = train_job.run(spec, folder, chosen, log, together)
    else:
        hardware.apply(chosen)
        work = search.run if spec.kind == "search" else predict_job.run
        result = work(spec, folder, chosen, log)
    # A training job knows what earlier processes have added to it.
    result.setdefault("seconds", round(time.monotonic() - began, 3))
    files.replace(folder / RESULT, json.dumps(result).encode())
    resume.clear(folder / LAST)


def _help(folder: Path) -> int:
    """Train along with the process that started this one; it alone writes files."""
    from core import hardware, launching, train_job

    spec = JobSpec.read(folder)
    if spec.hardware is None:
        raise ValueError("the first process has not chosen the hardware")
    together = launching.gather(folder, spec.config, spec.hardware)
    hardware.apply(hardware.share(spec.hardware, together.size))
    # What goes wrong on every device, the first process says.
    with suppress(AppError):
        train_job.assist(spec, folder, spec.hardware, together)
    return 0


def _failed(folder: Path, failure: AppError) -> int:
    words = {"title": failure.title, "message": failure.message, "hint": failure.hint}
    sys.stderr.write(f"{failure}\n")
    try:
        files.replace(folder / ERROR, json.dumps(words).encode())
    except OSError as why:
        # On a full disk the sentence above, in the parent's log, has to do.
        sys.stderr.write(f"{ERROR} could not be written: {why}\n")
    return 1


def main(arguments: list[str]) -> int:
    """Run the job of the folder named on the command line; a bug leaves its traceback there."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m core.job DIR\n")
        return 2
    folder = Path(arguments[0]).resolve()
    if FIRST in os.environ:
        return _help(folder)
    try:
        return run(folder)
    except Exception:
        (folder / TRACEBACK).write_text(traceback.format_exc(), encoding="utf-8")
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
