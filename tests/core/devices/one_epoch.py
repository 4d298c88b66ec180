"""Trains a tiny network for an epoch and leaves its weights; a program, to be started as a child.

    python -m tests.core.devices.one_epoch WEIGHTS.safetensors [--devices N] [--megabytes M]

With --devices Fabric starts the other processes as this one was started. With --megabytes the
process may not take more memory than it has when training begins and that much more. Prints what
training says, one sentence a line. Nothing in it is drawn (no dropout, no BatchNorm statistics),
so that runs with equal batches differ by rounding alone.
"""

import argparse
import resource
from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch

from core.devices import hardware, launch
from core.devices.process_group import SINGLE_PROCESS
from core.models import networks
from core.settings import presets
from core.training import ema, loop
from core.training.loop import Callbacks
from core.training.training_state import TrainingState
from tests.core.jobs import job_examples
from tests.core.training.test_loop import SETTINGS, training_setup


def limit(megabytes: int) -> None:
    """Forbid this process to grow by more than that."""
    with Path("/proc/self/statm").open() as told:
        now = int(told.read().split()[0]) * resource.getpagesize()
    most = now + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--megabytes", type=int)
    given = parser.parse_args()
    sizes = {"batch_size": 18, "image_size": 224} if given.megabytes else {}
    settings = presets.named(
        "balanced", **{**SETTINGS, "epochs": 1, "devices": given.devices, **sizes}
    )
    machine = job_examples.ONE_THREAD
    group = SINGLE_PROCESS
    if given.devices > 1:
        group = launch.launch(given.weights.parent, settings, machine)
    hardware.apply(machine)
    torch.manual_seed(0)
    network = replace(networks.build(job_examples.BACKBONE, 3, "random"), pretrained=True)
    weights = ema.cpu_state_dict(network.module)
    start = TrainingState(epoch=0, model=weights, optimizer=None, best=weights, best_epoch=0)
    setup = replace(training_setup(settings, range(0)), group=group)
    if given.megabytes:
        # oneDNN does not say that it is memory that it lacks.
        torch.backends.mkldnn.enabled = False
    if (given.megabytes or 0) > 0:
        limit(given.megabytes)
    end = loop.fit(network, setup, start, Callbacks(on_message=print))
    if group.rank == 0:
        safetensors.torch.save_file(dict(end.model), given.weights)


if __name__ == "__main__":
    main()
