"""The work of a training job: images -> linear probe -> network -> checkpoint, predictions."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.data import protocol_copies
from core.devices import hardware
from core.devices.process_group import SINGLE_PROCESS, ProcessGroup
from core.devices.resource_usage import Meter
from core.errors import JobFailed
from core.imaging import pixel_cache
from core.jobs import cross_validation, job_spec, linear_probe, training_result
from core.jobs.cross_validation import FoldDiverged
from core.jobs.job_spec import JobSpec
from core.jobs.linear_probe import Embedder
from core.jobs.reporter import Log, Reporter
from core.jobs.training_task import FitRequest, Task
from core.models import networks
from core.models.checkpoint import Preprocessing
from core.profiling import throughput
from core.settings.config import Hardware
from core.training import ema, loop, resume_state
from core.training.loop import Callbacks
from core.training.training_state import TrainingState
from core.types import Split

_DROPOUT = 0.2
_UNIT = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
"""Pixels in [0, 1]."""


def run(
    spec: JobSpec,
    folder: Path,
    machine: Hardware,
    log: Log,
    meter: Meter,
    group: ProcessGroup = SINGLE_PROCESS,
) -> dict[str, Any]:
    """Do a training job; return what `result.json` says about it."""
    task = prepared(spec, folder, machine, log, meter, group)
    train, validation = task.rows(Split.TRAIN), task.rows(Split.VALIDATION)
    if len(set(task.labels(train).tolist())) < 2:
        raise JobFailed(
            f"There are {len(train)} training pictures of fewer than two classes.",
            title="Too little to train on",
            hint="Label pictures of at least two classes, of several patients each.",
        )
    embedder = linear_probe.embedder(task)
    state = _train(task, embedder, train, validation)
    # What ends the run ends the cross-validation, too; the best epoch so far is kept.
    early = state.stopped or state.diverged
    folds, message = None, _divergence(state)
    if not early:
        try:
            folds = cross_validation.run(task, embedder, folder / job_spec.LAST)
        except FoldDiverged as diverged:
            message = f"{diverged} That was in a fold: there is no cross-validation of this run."
            task.reporter.message(message)
    group.broadcast(None)
    training_result.write(task, embedder, state, folds)
    rates = [row["images_per_second"] for row in state.history if row["images_per_second"]]
    return {
        **asdict(task.meter.total()),
        "status": "stopped" if early or (folder / job_spec.STOP).exists() else "finished",
        "message": message,
        "best_epoch": state.best_epoch,
        "epochs_done": state.epoch,
        "images_per_second": round(float(np.mean(rates)), 2) if rates else task.reporter.rate,
    }


def train_along(spec: JobSpec, folder: Path, machine: Hardware, group: ProcessGroup) -> None:
    """Train along with the first process of a group, until it broadcasts that all is done."""
    request, task = group.broadcast(None), None
    while isinstance(request, FitRequest):
        # By now the first process has decoded the images.
        if task is None:
            silent, meter = lambda event, **values: None, Meter(folder / job_spec.LAST)
            task = prepared(spec, folder, machine, silent, meter, group)
        loop.fit(task.network, task.setup(request.train, []), request.start, Callbacks())
        request = group.broadcast(None)


def _divergence(state: TrainingState) -> str:
    """Return the sentence for a run that diverged; empty where it did not."""
    if state.diverged is None:
        return ""
    sentence, kept = loop.divergence_message(state.diverged), state.best_epoch
    return (
        f"{sentence} Training ended there and the network of epoch {kept} is kept; "
        "start a run with a smaller learning rate."
    )


def prepared(
    spec: JobSpec,
    folder: Path,
    machine: Hardware,
    log: Log,
    meter: Meter,
    group: ProcessGroup = SINGLE_PROCESS,
) -> Task:
    """Return a training job in memory: network built, images decoded."""
    config = spec.config
    reporter = Reporter(log, config.all_epochs, job_spec.events(folder), folds=config.folds)
    splits = [(s.split.value if s.split and s.label is not None else "pool") for s in spec.samples]
    workspace = folder / spec.workspace
    reporter.started(
        {name: splits.count(name) for name in sorted(set(splits))},
        # Measured are the speeds of one device.
        throughput.expected(config, spec.samples, workspace, machine, spec.at_once)
        if group.size == 1
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
    images = pixel_cache.load(
        protocol_copies.photographs(spec.samples),
        workspace,
        config.stored_size,
        lambda done, total: reporter.stage("Reading pictures", done, total),
        reporter.message,
    )
    stored = protocol_copies.complete(spec.samples, images, folder / job_spec.LAST, config.seed)
    return Task(
        spec=spec,
        folder=folder,
        hardware=machine,
        reporter=reporter,
        network=network,
        initial=ema.cpu_state_dict(network.module),
        stored=stored,
        meter=meter,
        group=group,
    )


def _train(
    task: Task, embedder: Embedder, train: list[int], validation: list[int]
) -> TrainingState:
    last = task.folder / job_spec.LAST
    start = resume_state.load(last)
    if start is not None and start.epoch:
        task.reporter.message(f"Resumed after epoch {start.epoch}.")
    if start is None and (embeddings := embedder()) is not None:
        start = linear_probe.first_state(task, embeddings, train, validation)
    if start is None:
        start = TrainingState.first(task.initial)
    task.reporter.epochs(start.history)

    def save(state: TrainingState) -> None:
        resume_state.save(last, state)
        task.meter.keep()
        task.reporter.epochs(state.history)

    callbacks = Callbacks(
        on_epoch_end=save,
        on_batch_end=task.reporter.batch,
        should_stop=task.stop,
        on_message=task.reporter.message,
    )
    ended = task.fit(train, validation, start, callbacks)
    if ended.diverged and not ended.history:
        raise JobFailed(
            loop.divergence_message(ended.diverged),
            title="Training diverged",
            hint="Start a run with a smaller learning rate.",
        )
    if ended.stopped:
        task.leave_if_paused()
        task.reporter.message(f"Stopped; the network of epoch {ended.best_epoch} is kept.")
    return ended
