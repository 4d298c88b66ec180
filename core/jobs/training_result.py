"""What a training job leaves when it is done: checkpoint, predictions, and those of its folds."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core import files
from core.data import augmentation, batches, transform_json
from core.devices import environment
from core.evaluation import calibration
from core.imaging import views
from core.jobs import cross_validation, job_spec
from core.jobs.cross_validation import OutOfFold
from core.jobs.linear_probe import Embedder
from core.jobs.training_task import Task
from core.models import checkpoint, inference, network_stages, torch_inference
from core.models.checkpoint import Meta
from core.models.inference import InferenceConfig, Output
from core.training.training_state import TrainingState
from core.types import Split


def write(task: Task, embedder: Embedder, state: TrainingState, folds: OutOfFold | None) -> None:
    """Write the best network and what it says, calibrated, about every sample of the job."""
    output = _outputs(task, embedder, state.best)
    fitted = temperature(task, output, state, folds)
    meta = _meta(task, state, fitted)
    weights = {name: tensor.cpu().numpy() for name, tensor in state.best.items()}
    checkpoint.save(task.folder / job_spec.CHECKPOINT, weights, meta)
    _write_predictions(task, output, fitted)
    if folds is not None:
        _write_folds(task, folds)
    torch_inference.keep_compiled(task.network, InferenceConfig.of_checkpoint(meta), task.cache)


def _outputs(task: Task, embedder: Embedder, best: Mapping[str, Tensor]) -> Output:
    """Return the best network's output for every sample of the job."""
    frozen = None if task.config.epochs else embedder()
    task.network.module.load_state_dict(dict(best))
    if frozen is None:
        everything = range(len(task.spec.samples))
        return task.forward(everything, "Predicting all pictures", task.cache)
    layer = network_stages.classifier(task.network.module)
    embeddings = torch.from_numpy(frozen.views).to(layer.weight.device)
    with torch.inference_mode():
        logits = torch.nn.functional.linear(embeddings, layer.weight, layer.bias).cpu().numpy()
    return Output(
        logits=logits.astype(np.float64), embeddings=frozen.means, view_embeddings=frozen.views
    )


def temperature(task: Task, output: Output, state: TrainingState, folds: OutOfFold | None) -> float:
    """Return the best network's temperature, fitted to samples that its weights have not seen.

    The networks of folds keep their last epoch: they speak for this one only if it does, too.
    """
    if folds is not None and state.best_epoch == task.config.all_epochs:
        return cross_validation.temperature(task, folds)
    rows = task.rows(Split.VALIDATION)
    return calibration.temperature(output.logits[rows], task.labels(rows))


def _meta(task: Task, state: TrainingState, temperature: float) -> Meta:
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
        best_epoch=state.best_epoch,
        taps=config.intermediate_blocks,
        classifier=network_stages.classifier_name(network.module),
        fingerprint=task.spec.fingerprint(),
        about={
            "config": {**config.model_dump(mode="json"), "init": init},
            "images": {side.value: len(task.rows(side)) for side in Split},
            "hardware": {
                **environment.machine(),
                **asdict(task.hardware),
                "devices": task.group.size,
            },
            "transforms": _transforms(task),
            "versions": environment.versions(),
            "cost": asdict(task.meter.total()),
            "history": [{key: row[key] for key in numbers} for row in state.history],
        },
    )


def _transforms(task: Task) -> dict[str, Any]:
    """Return the recipe of training and of evaluation as JSON; `transform_json` builds it again."""
    train = task.labels(task.rows(Split.TRAIN))
    loader = batches.loader_config(task.config, task.classes, train)
    parts = {
        "train": loader.transform,
        "train_repeats": loader.repeat_transform,
        "mix": None if loader.mixing is None else loader.mixing.as_transform(),
        "evaluation": augmentation.resize(task.config.image_size),
        "normalisation": torch_inference.normalisation(task.network.preprocessing),
    }
    return {name: transform_json.to_json(part) for name, part in parts.items() if part is not None}


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
