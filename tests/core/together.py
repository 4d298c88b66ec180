"""Trains a tiny network on one device or several and leaves its weights; a program of its own.

    python -m tests.core.together FOLDER DEVICES

Fabric starts the other processes as this one was started.
"""

import sys
from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch

from core import config, hardware, launching, model, training
from core.training import Listener, Progress
from tests.core import jobs
from tests.core.test_training import SETTINGS, material


def main(folder: Path, devices: int) -> None:
    settings = config.preset("balanced", **{**SETTINGS, "epochs": 1}, devices=devices)
    machine = jobs.ONE_THREAD
    team = launching.gather(folder, settings, machine)
    hardware.apply(machine)
    torch.manual_seed(0)
    # Dropout draws for every device anew, and BatchNorm would see other batches.
    network = replace(model.build(jobs.BACKBONE, 3, "random"), pretrained=True)
    weights = training.snapshot(network.module)
    start = Progress(epoch=0, model=weights, optimizer=None, best=weights, best_epoch=0)
    made = replace(material(settings), team=team)
    end = training.fit(network, made, start, Listener(epoch=lambda progress: None))
    if team.rank == 0:
        safetensors.torch.save_file(dict(end.model), folder / f"{devices}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
