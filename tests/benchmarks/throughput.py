"""How much of the machine's speed the training loop keeps: images per second against the bare step.

    python -m tests.benchmarks.throughput demo
    python -m tests.benchmarks.throughput TABLE.csv --backbone mobilenetv2_100 --init WEIGHTS

The bare step is forward, backward and optimizer on random tensors that lie ready in memory, with
the same network, batch size, precision, memory layout and frozen depth; once as the loop does it,
and once with every BatchNorm doing its own work, as anybody's loop would. The loop is the real one:
stored pictures, balance, augmentation, normalisation, loss, gradient clipping, progress. All take
turns in one process, an epoch each, so that a busy machine slows all; it has the environment of a
job. Prints the medians.
"""

import argparse
import copy
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from core.data import batches
from core.devices import hardware
from core.devices.resource_usage import Meter
from core.jobs import job_spec, training_job
from core.jobs.training_task import Task
from core.models import networks
from core.models.networks import Network
from core.profiling import hardware_probe
from core.settings import config, presets
from core.settings.config import TrainConfig
from core.training import ema, loop, optimization
from core.training.loop import Callbacks, TrainingSetup
from core.training.training_state import TrainingState
from core.types import Split
from dashboard.services.processes import processes
from dashboard.services.runs import snapshot
from tests.benchmarks import sets


def settings(given: argparse.Namespace) -> TrainConfig:
    """Return the run that is measured."""
    if given.source == sets.DEMO and given.backbone is None:
        chosen: dict[str, Any] = presets.demo().model_dump(mode="json")
    else:
        chosen = presets.named(given.preset, backbone=given.backbone, init=given.init).model_dump(
            mode="json"
        )
    return config.from_dict(
        {
            **chosen,
            "epochs": given.rounds + 1,
            "patience": given.rounds + 1,
            "frozen_stages": given.freeze,
        }
    )


def bare(task: Task, network: Network, steps: int) -> Callable[[], float]:
    """Return what takes `steps` bare steps on a copy of a network: images per second."""
    run, how = task.config, task.hardware
    network = copy.deepcopy(network)
    optimizer = optimization.create_optimizer(network.module, run)
    optimization.set_train_mode(network, run)
    memory = torch.channels_last if how.layout == "channels_last" else torch.contiguous_format
    pixels = torch.randn(run.batch_size, 3, run.image_size, run.image_size)
    device = hardware.of(network.module)
    pixels = pixels.to(device=device, memory_format=memory)
    labels = torch.randint(len(task.classes), (run.batch_size,)).to(device)

    def once() -> float:
        began = time.perf_counter()
        for _ in range(steps):
            with hardware.half(device, how.precision):
                logits = networks.logits(network, pixels)
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(logits.float(), labels).backward()
            optimizer.step()
        return steps * run.batch_size / (time.perf_counter() - began)

    return once


def compared(task: Task) -> tuple[list[float], list[float], list[float]]:
    """Return images per second of every round: (anybody's bare step, bare step, training loop)."""
    setup: TrainingSetup = task.setup(task.rows(Split.TRAIN), [])
    images = batches.images_per_epoch(setup.train.labels, setup.loader)
    steps = max(1, images // task.config.batch_size)
    folded = bare(task, task.network, steps)
    unfolded = bare(task, replace(task.network, pairs=()), steps)
    usual: list[float] = []
    bares: list[float] = []

    def after_epoch(progress: TrainingState) -> None:
        usual.append(unfolded())
        bares.append(folded())

    start = TrainingState.first(ema.cpu_state_dict(task.network.module))
    callbacks = Callbacks(on_epoch_end=after_epoch, on_batch_end=task.reporter.batch)
    ended = loop.fit(task.network, setup, start, callbacks)
    # The first epoch and the first bare steps warm up.
    return usual[1:], bares[1:], [row["images_per_second"] for row in ended.history[1:]]


def main(arguments: list[str]) -> int:
    """Measure and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="table, folder or 'demo'")
    parser.add_argument("--preset", default="balanced")
    parser.add_argument("--backbone")
    parser.add_argument("--init", default="random")
    parser.add_argument("--freeze", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    surroundings = processes.environment()
    if os.environ.get("GLIBC_TUNABLES") != surroundings["GLIBC_TUNABLES"]:
        # Read when a process starts.
        words = [sys.executable, "-m", "tests.benchmarks.throughput", *arguments]
        os.execve(sys.executable, words, surroundings)
    run = settings(given)
    with tempfile.TemporaryDirectory() as home:
        workspace = sets.workspace(given.source, Path(home))
        spec = snapshot.take(workspace, run, threads=os.cpu_count() or 1)
        folder = workspace.runs / "speed"
        folder.mkdir(parents=True)
        chosen = hardware_probe.choose(run, workspace.cache, threads=spec.threads)
        hardware.apply(chosen)
        workspace.close()
        meter = Meter(folder / job_spec.LAST)
        task = training_job.prepared(spec, folder, chosen, lambda event, **values: None, meter)
        usual, bares, loops = compared(task)
    step, loop = statistics.median(bares), statistics.median(loops)
    shares = [one / other for one, other in zip(loops, bares, strict=True)]
    print(
        f"{run.backbone}, {run.image_size} px, batch {run.batch_size}, freeze {run.frozen_stages}, "
        f"augmentation {run.augmentation}, {chosen.precision}, {chosen.layout}, "
        f"{chosen.threads} threads: bare step {step:.1f} images/s "
        f"({statistics.median(usual):.1f} without folding), loop {loop:.1f} images/s, "
        f"{statistics.median(shares):.1%} (rounds {min(shares):.1%} to {max(shares):.1%})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
