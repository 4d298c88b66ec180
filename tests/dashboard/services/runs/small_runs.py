"""Runs of seconds for tests: tiny pictures, few weights, a machine that need not be probed."""

import os
import signal
import time

from core.profiling import hardware_probe, measurement_cache
from core.settings import presets
from core.settings.config import Hardware, TrainConfig
from core.types import Run, RunStatus
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples

ROWS = [("ABC"[n % 3], f"p{n // 2}") for n in range(60)]


def tiny(**changes: object) -> TrainConfig:
    """Return the settings of a run over `ROWS`."""
    settings = {"init": "random", "image_size": 32, "epochs": 2, "tta_views": 1, "batch_size": 8}
    small = {**settings, "backbone": job_examples.BACKBONE}
    return presets.named("balanced", **{**small, **changes})


def fill(workspace: Workspace) -> None:
    """Add `ROWS` with pictures, and what probing this machine for `tiny` would have found."""
    factories.fill(workspace, ROWS, pictures=True)
    threads = Trainer(workspace, serving=False).threads
    measurement_cache.keep(
        workspace.cache / hardware_probe.FILE,
        hardware_probe.key_of(tiny(), threads),
        Hardware(threads=threads, train_rate=100.0, forward_rate=300.0),
    )


def ended(trainer: Trainer, run: Run) -> Run:
    """Wait until a run has ended; return it."""
    return trainer.wait(run, lambda event: None)


def killed(trainer: Trainer, workspace: Workspace, run: Run) -> None:
    """Kill the child once it has finished an epoch."""
    deadline = time.monotonic() + 200
    while not trainer.live(run).epochs and time.monotonic() < deadline:
        time.sleep(0.05)
    with workspace.read() as session:
        ((_, process),) = runs.with_status(session, RunStatus.RUNNING)
    os.kill(int(process.split()[0]), signal.SIGKILL)
