"""How long a run will take, known before it starts; measured in the background, once."""

import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data import splits as rules
from core.jobs.job_spec import JobSpec
from core.profiling.estimate import Estimate
from core.settings.config import TrainConfig
from core.types import ImageId, JobSample, RunStatus, Sample, Split, Status
from dashboard.services.processes.processes import ChildProcess
from dashboard.services.runs import enqueue
from storage.runs import runs
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace

_LOOKED_AT = 8
"""Photographs that a measurement reads."""
_TRIES = 3
"""How often a measurement is begun that fails."""
_PAUSE = 60.0
"""Seconds before one that has failed is begun again."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What can be said now about a run that has not started."""

    estimate: Estimate | None
    measuring: bool = False
    """Ask again in a moment: it is being measured."""
    postponed: bool = False
    """Ask again from time to time: a run is under way, and both would be too slow."""
    failed: bool = False
    """Ask again from time to time: it could not be measured, and that will be tried again."""


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """How often settings were measured, and when last (on the clock of `time.monotonic`)."""

    times: int
    last: float


class Estimates:
    """Answers at once from what was measured; measures in a process of its own what was not."""

    def __init__(self, workspace: Workspace, threads: int, *, pause: float = _PAUSE) -> None:
        self._workspace = workspace
        self._threads = threads
        self._pause = pause
        self._lock = threading.Lock()
        self._child = ChildProcess()
        self._folder: Path | None = None
        self._tried: dict[TrainConfig, _Tried] = {}
        self._planned: tuple[int, list[JobSample]] = (-1, [])

    def expect(self, config: TrainConfig) -> Expected:
        """Return the estimate for a run on the samples as they are now.

        Nothing is measured while a run is under way: both would be too slow.
        """
        from core.profiling import throughput

        planned = self._samples()
        threads = enqueue.threads_of(config, self._threads)
        speeds = throughput.known(config, self._workspace.cache, threads=threads)
        if speeds is not None:
            expected = throughput.remaining(config, planned, self._workspace.folder, speeds)
            return Expected(estimate=expected)
        return self._measure(config, planned) if planned else Expected(estimate=None)

    def state(self) -> tuple[bool, int, int]:
        """Return what changes when an estimate may have changed.

        Whether something is being measured, how many settings were, and for what was measured in
        vain the number of the pause after which it is tried again.
        """
        with self._lock:
            measuring = self._child.is_running
            tried = len(self._tried)
        return measuring, tried, int(time.monotonic() // self._pause) if tried else 0

    def close(self) -> None:
        """End a measurement."""
        with self._lock:
            self._child.close()
            self._tidy()

    def _measure(self, config: TrainConfig, planned: Sequence[JobSample]) -> Expected:
        """Start to measure where that can be done now; return what is known meanwhile."""
        with self._workspace.read() as session:
            if runs.with_status(session, RunStatus.RUNNING):
                return Expected(estimate=None, postponed=True)
        with self._lock:
            if self._child.take_exit_code() is not None:
                self._tidy()
            tried = self._tried.get(config, _Tried(times=0, last=-self._pause))
            due = time.monotonic() - tried.last >= self._pause
            if not self._child.is_running and tried.times < _TRIES and due:
                self._tried[config] = _Tried(times=tried.times + 1, last=time.monotonic())
                self._start(config, planned)
            measuring = self._child.is_running
        return Expected(
            estimate=None, measuring=measuring, failed=not measuring and tried.times < _TRIES
        )

    def _start(self, config: TrainConfig, planned: Sequence[JobSample]) -> None:
        self._workspace.cache.mkdir(exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="speeds-", dir=self._workspace.cache))
        step = max(1, len(planned) // _LOOKED_AT)
        spec = JobSpec(
            kind="train",
            classes=(),
            samples=tuple(replace(sample, label=None) for sample in planned[::step][:_LOOKED_AT]),
            config=config,
            threads=enqueue.threads_of(config, self._threads),
        )
        spec.write(self._folder)
        self._child.start("-m", "core.jobs.speed_job", str(self._folder))

    def _tidy(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _samples(self) -> list[JobSample]:
        """Return the samples a run would get; before the first split, as it would be made."""
        revision = self._workspace.revision()
        if self._planned[0] != revision:
            self._planned = (revision, _planned(self._workspace))
        return self._planned[1]


def _planned(workspace: Workspace) -> list[JobSample]:
    with workspace.read() as session:
        kept = [
            sample
            for sample in samples.everything(session)
            if sample.state.status is not Status.EXCLUDED
        ]
        files = media.files(session, [ImageId(sample.id) for sample in kept])
    sides = [sample.split for sample in kept]
    if kept and not any(sides):
        sides = list(_first_split(kept))
    return [
        JobSample(
            id=sample.id,
            path=f"media/{files[ImageId(sample.id)]}",
            label=sample.state.label,
            split=None if sample.state.label is None else side,
            group=sample.group,
        )
        for sample, side in zip(kept, sides, strict=True)
    ]


def _first_split(kept: Sequence[Sample]) -> Sequence[Split]:
    labels = [sample.state.label for sample in kept]
    return rules.stratified_split(
        labels, [sample.group for sample in kept], np.random.default_rng(0)
    )
