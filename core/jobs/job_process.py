"""The process that runs a job: locks its folder, picks the device, reports errors."""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from core import files
from core.devices import preload
from core.devices.environment import FIRST_PROCESS
from core.devices.resource_usage import Meter
from core.errors import AppError, JobFailed, Paused
from core.jobs import job_spec
from core.jobs.job_spec import EventLog, JobSpec


class _Refused(JobFailed):
    """Another process runs the job: its folder must not be changed."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as why:
        raise _Refused(
            "This run is already being computed by another process.",
            title="Run in progress",
            hint="Wait for it, or stop it first.",
        ) from why
    try:
        yield
    finally:
        lock.release()


def run(folder: Path) -> int:
    """Run the job of a folder; return the exit status (0 done or paused, 1 failed)."""
    try:
        with _alone(folder):
            for name in (job_spec.ERROR, job_spec.TRACEBACK):
                (folder / name).unlink(missing_ok=True)
            if not (folder / job_spec.RESULT).exists():
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
        from core.devices import hardware

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
    meter = Meter(folder / job_spec.LAST)
    preload.load()
    # Heavy packages are imported here: code that only writes job files does not need them.
    from core.devices import hardware, process_group
    from core.jobs import search, training_job
    from core.profiling import hardware_probe
    from core.training import resume_state

    spec = JobSpec.read(folder)
    log = EventLog(folder)
    chosen = spec.hardware
    if chosen is not None and not hardware.is_there(chosen):
        chosen = None
        log("message", text="The GPU that this run began on is gone: it goes on without.")
    if chosen is None:
        cache = folder / spec.workspace / "cache"
        chosen = hardware_probe.choose(
            spec.config, cache, threads=spec.threads, at_once=spec.at_once
        )
        spec = replace(spec, hardware=chosen)
        spec.write(folder)
    if spec.kind == "train":
        group = process_group.SINGLE_PROCESS
        if hardware.processes(spec.config, chosen) > 1:
            from core.devices import launch

            group = launch.launch(folder, spec.config, chosen)
        if chosen.device == "cuda":
            meter.gpus = group.size
        hardware.apply(hardware.share(chosen, group.size))
        result = training_job.run(spec, folder, chosen, log, meter, group)
    else:
        meter.gpus = int(chosen.device == "cuda")
        hardware.apply(chosen)
        result = search.run(spec, folder, chosen, log, meter)
    files.replace(folder / job_spec.RESULT, json.dumps(result).encode())
    resume_state.clear(folder / job_spec.LAST)


def _help(folder: Path) -> int:
    """Train along with the process that started this one; it alone writes files."""
    from core.devices import hardware, launch
    from core.jobs import training_job

    spec = JobSpec.read(folder)
    if spec.hardware is None:
        raise ValueError("the first process has not chosen the hardware")
    group = launch.launch(folder, spec.config, spec.hardware)
    hardware.apply(hardware.share(spec.hardware, group.size))
    # An error that occurs on every device is reported by the first process.
    with suppress(AppError):
        training_job.train_along(spec, folder, spec.hardware, group)
    return 0


def _failed(folder: Path, failure: AppError) -> int:
    words = {"title": failure.title, "message": failure.message, "hint": failure.hint}
    sys.stderr.write(f"{failure}\n")
    try:
        files.replace(folder / job_spec.ERROR, json.dumps(words).encode())
    except OSError as why:
        # On a full disk only the sentence above, in the parent's log, remains.
        sys.stderr.write(f"{job_spec.ERROR} could not be written: {why}\n")
    return 1


def wait() -> list[str]:
    """Load what a job needs, then return the folder that comes on standard input, as arguments.

    Nothing where standard input ends without one: whoever kept this process in reserve is gone.
    """
    preload.load()
    from core.jobs import training_job  # noqa: F401

    folder = sys.stdin.readline().strip()
    if not folder:
        return []
    with (Path(folder) / job_spec.OUTPUT).open("ab") as output, Path(os.devnull).open("rb") as none:
        for stream, target in ((none, 0), (output, 1), (output, 2)):
            os.dup2(stream.fileno(), target)
    return [folder]


def main(arguments: list[str]) -> int:
    """Run the job of the folder named on the command line; a bug leaves its traceback there."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m core.jobs DIR\n")
        return 2
    folder = Path(arguments[0]).resolve()
    if FIRST_PROCESS in os.environ:
        return _help(folder)
    try:
        return run(folder)
    except Exception:
        (folder / job_spec.TRACEBACK).write_text(traceback.format_exc(), encoding="utf-8")
        raise
