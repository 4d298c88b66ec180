"""The work of a training job: pictures -> head -> network -> checkpoint and predictions."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.data import protocol_copies
from core.devices import hardware
from core.devices.process_group import ALONE, Team
from core.devices.resource_usage import Meter
from core.errors import JobFailed
from core.imaging import pixel_cache
from core.jobs import cross_validation, job_spec, linear_probe, training_result
from core.jobs.cross_validation import FoldDiverged
from core.jobs.job_spec import JobSpec
from core.jobs.linear_probe import Look
from core.jobs.reporter import Log, Reporter
from core.jobs.training_task import Order, Task
from core.models import networks
from core.models.networks import Preprocessing
from core.profiling import throughput
from core.settings.config import Hardware
from core.training import loop, resume_state
from core.training.epoch_progress import Progress
from core.training.loop import Listener
from core.types import Split

_DROPOUT = 0.2
_UNIT = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
"""Pixels in [0, 1]."""


def run(
    spec: JobSpec, folder: Path, machine: Hardware, log: Log, meter: Meter, team: Team = ALONE
) -> dict[str, Any]:
    """Do a training job; return what `result.json` says about it."""
    task = prepared(spec, folder, machine, log, meter, team)
    train, validation = task.rows(Split.TRAIN), task.rows(Split.VALIDATION)
    if len(set(task.labels(train).tolist())) < 2:
        raise JobFailed(
            f"There are {len(train)} training pictures of fewer than two classes.",
            title="Too little to train on",
            hint="Label pictures of at least two classes, of several patients each.",
        )
    look = linear_probe.look(task)
    progress = _train(task, look, train, validation)
    # What ends the run ends the cross-validation, too; the best epoch so far is kept.
    early = progress.stopped or progress.diverged
    folds, message = None, _told(progress)
    if not early:
        try:
            folds = cross_validation.run(task, look, folder / job_spec.LAST)
        except FoldDiverged as diverged:
            message = f"{diverged} That was in a fold: there is no cross-validation of this run."
            task.reporter.message(message)
    team.tell(None)
    training_result.write(task, look, progress, folds)
    rates = [row["images_per_second"] for row in progress.history if row["images_per_second"]]
    return {
        **asdict(task.meter.total()),
        "status": "stopped" if early or (folder / job_spec.STOP).exists() else "finished",
        "message": message,
        "best_epoch": progress.best_epoch,
        "epochs_done": progress.epoch,
        "images_per_second": round(float(np.mean(rates)), 2) if rates else task.reporter.rate,
    }


def assist(spec: JobSpec, folder: Path, machine: Hardware, team: Team) -> None:
    """Train along with the first process of a team, until it says that all is done."""
    order, task = team.tell(None), None
    while isinstance(order, Order):
        # By now the first process has decoded the pictures.
        if task is None:
            silent, meter = lambda event, **values: None, Meter(folder / job_spec.LAST)
            task = prepared(spec, folder, machine, silent, meter, team)
        loop.fit(
            task.network,
            task.material(order.train, []),
            order.start,
            Listener(epoch=lambda progress: None),
        )
        order = team.tell(None)


def _told(progress: Progress) -> str:
    """Return why a run ended early without being asked to; nothing where it did not."""
    if progress.diverged is None:
        return ""
    sentence, kept = loop.diverged(progress.diverged), progress.best_epoch
    return (
        f"{sentence} Training ended there and the network of epoch {kept} is kept; "
        "start a run with a smaller learning rate."
    )


def prepared(
    spec: JobSpec, folder: Path, machine: Hardware, log: Log, meter: Meter, team: Team = ALONE
) -> Task:
    """Return a training job in memory: network built, pictures decoded."""
    config = spec.config
    reporter = Reporter(log, config.all_epochs, job_spec.events(folder), folds=config.folds)
    splits = [(s.split.value if s.split and s.label is not None else "pool") for s in spec.samples]
    workspace = folder / spec.workspace
    reporter.started(
        {name: splits.count(name) for name in sorted(set(splits))},
        # Measured are the speeds of one device.
        throughput.expected(config, spec.samples, workspace, machine, spec.at_once)
        if team.size == 1
        else None,
    )
    torch.manual_seed(config.seed)
    network = networks.build(
        config.backbone,
        len(spec.classes),
        config.init,
        dropout=_DROPOUT,
        taps=config.intermediate_blocks,
    )
    hardware.place(network.module, machine)
    if config.recipe:
        # As the recipe says, whatever the network was used to.
        network = replace(network, preprocessing=_UNIT)
    pictures = pixel_cache.load(
        protocol_copies.photographs(spec.samples),
        workspace,
        config.stored_size,
        lambda done, total: reporter.stage("Reading pictures", done, total),
        reporter.message,
    )
    stored = protocol_copies.complete(spec.samples, pictures, folder / job_spec.LAST, config.seed)
    return Task(
        spec=spec,
        folder=folder,
        hardware=machine,
        reporter=reporter,
        network=network,
        initial=loop.snapshot(network.module),
        stored=stored,
        meter=meter,
        team=team,
    )


def _train(task: Task, look: Look, train: list[int], validation: list[int]) -> Progress:
    last = task.folder / job_spec.LAST
    start = resume_state.load(last)
    if start is not None and start.epoch:
        task.reporter.message(f"Resumed after epoch {start.epoch}.")
    if start is None and (seen := look()) is not None:
        start = linear_probe.first(task, seen, train, validation)
    if start is None:
        start = Progress.first(task.initial)
    task.reporter.epochs(start.history)

    def finished(progress: Progress) -> None:
        resume_state.save(last, progress)
        task.meter.keep()
        task.reporter.epochs(progress.history)

    listener = Listener(
        epoch=finished,
        batch=task.reporter.batch,
        stop=task.stop,
        say=task.reporter.message,
    )
    ended = task.fit(train, validation, start, listener)
    if ended.diverged and not ended.history:
        raise JobFailed(
            loop.diverged(ended.diverged),
            title="Training diverged",
            hint="Start a run with a smaller learning rate.",
        )
    if ended.stopped:
        task.leave_if_paused()
        task.reporter.message(f"Stopped; the network of epoch {ended.best_epoch} is kept.")
    return ended
