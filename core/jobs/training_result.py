"""What a training job leaves when it is done: checkpoint, predictions, and those of its folds."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core import files
from core.devices import environment
from core.evaluation import calibration
from core.imaging import views
from core.jobs import cross_validation, job_spec
from core.jobs.cross_validation import OutOfFold
from core.jobs.linear_probe import Look
from core.jobs.training_task import Task
from core.models import checkpoint, inference, network_stages
from core.models.checkpoint import Meta
from core.models.inference import Output
from core.training.epoch_progress import Progress
from core.types import Split


def write(task: Task, look: Look, progress: Progress, folds: OutOfFold | None) -> None:
    """Write the best network and what it says, calibrated, about every sample of the job."""
    output = _outputs(task, look, progress.best)
    fitted = temperature(task, output, progress, folds)
    meta = _meta(task, progress, fitted)
    checkpoint.save(task.folder / job_spec.CHECKPOINT, progress.best, meta)
    _write_predictions(task, output, fitted)
    if folds is not None:
        _write_folds(task, folds)


def _outputs(task: Task, look: Look, best: Mapping[str, Tensor]) -> Output:
    """Return what the best network says about every sample of the job."""
    seen = None if task.config.epochs else look()
    task.network.module.load_state_dict(dict(best))
    if seen is None:
        return task.look(range(len(task.spec.samples)), "Predicting all pictures")
    layer = network_stages.classifier(task.network.module)
    shown = torch.from_numpy(seen.views).to(layer.weight.device)
    with torch.inference_mode():
        logits = torch.nn.functional.linear(shown, layer.weight, layer.bias).cpu().numpy()
    return Output(logits=logits.astype(np.float64), embeddings=seen.means, each_view=seen.views)


def temperature(task: Task, output: Output, progress: Progress, folds: OutOfFold | None) -> float:
    """Return how sure the best network is, from samples that its weights were not fitted to.

    The networks of folds keep their last epoch: they speak for this one only if it does, too.
    """
    if folds is not None and progress.best_epoch == task.config.all_epochs:
        return cross_validation.temperature(task, folds)
    rows = task.rows(Split.VALIDATION)
    return calibration.temperature(output.logits[rows], task.labels(rows))


def _meta(task: Task, progress: Progress, temperature: float) -> Meta:
    config, network = task.config, task.network
    init = config.init if config.init in ("imagenet", "random") else Path(config.init).name
    numbers = ("epoch", "train_loss", "validation_loss", "macro_f1", "balanced_accuracy", "best")
    return Meta(
        backbone=network.backbone,
        arguments=network.arguments,
        classes=task.spec.classes,
        image_size=config.image_size,
        stored_size=config.stored_size,
        preprocessing=network.preprocessing,
        views=views.names(config.tta_views),
        temperature=temperature,
        precision=task.hardware.forward_precision,
        best_epoch=progress.best_epoch,
        taps=config.intermediate_blocks,
        fingerprint=task.spec.fingerprint(),
        about={
            "config": {**config.model_dump(mode="json"), "init": init},
            "images": {side.value: len(task.rows(side)) for side in Split},
            "hardware": {
                **environment.machine(),
                **asdict(task.hardware),
                "devices": task.team.size,
            },
            "versions": environment.versions(),
            "cost": asdict(task.meter.total()),
            "history": [{key: row[key] for key in numbers} for row in progress.history],
        },
    )


def _write_predictions(task: Task, output: Output, temperature: float) -> None:
    """Write ids, probabilities (N, K) and embeddings (N, D) of all samples."""
    arrays = {
        "ids": np.array([sample.id for sample in task.spec.samples], dtype=np.str_),
        "probabilities": inference.probabilities(output.logits, temperature),
        "embeddings": output.embeddings,
    }
    files.replace_arrays(task.folder / job_spec.PREDICTIONS, arrays)


def _write_folds(task: Task, folds: OutOfFold) -> None:
    """Write ids, folds and probabilities, (N, K), of the samples that were folded."""
    ids = [task.spec.samples[row].id for row in folds.rows]
    arrays = {
        "ids": np.array(ids, dtype=np.str_),
        "fold": folds.folds,
        "probabilities": cross_validation.probabilities(task, folds),
    }
    files.replace_arrays(task.folder / job_spec.FOLDS, arrays)
