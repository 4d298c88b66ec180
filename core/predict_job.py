"""The work of a prediction job, and the file that every job's predictions are kept in."""

from pathlib import Path
from typing import Any

import numpy as np

from core import files, inference, job, pixels
from core.config import Hardware
from core.errors import JobFailed
from core.job import JobSpec
from core.reporting import Log, Reporter
from core.types import Embeddings, Probabilities

FILE = "predictions.npz"


def run(spec: JobSpec, folder: Path, machine: Hardware, log: Log) -> dict[str, Any]:
    """Predict all samples of a job with a checkpoint; return what `result.json` says."""
    if spec.checkpoint is None:
        raise JobFailed(
            "The job names no checkpoint to predict with.",
            title="Job not readable",
            hint="Start it again from a finished run.",
        )
    reporter = Reporter(log, 0, job.events(folder))
    reporter.started({"pool": len(spec.samples)}, None)
    classifier = inference.load(folder / spec.checkpoint)
    classifier.network.module.to(machine.device)
    stored = pixels.load(
        spec.samples,
        folder / spec.workspace,
        classifier.meta.stored_size,
        lambda done, total: reporter.stage("Reading pictures", done, total),
        reporter.message,
    )
    shares, embeddings = classifier.predict_stored(
        stored, lambda done: reporter.stage("Predicting", done, len(stored))
    )
    write(folder, spec, shares, embeddings, frozenset(classifier.meta.trained_on))
    return {"status": "finished", "best_epoch": None, "epochs_done": 0}


def write(
    folder: Path,
    spec: JobSpec,
    shares: Probabilities,
    embeddings: Embeddings,
    trained_on: frozenset[str],
) -> None:
    """Write `predictions.npz`: ids, probabilities (N, K), embeddings (N, D), seen (N,)."""
    ids = [sample.id for sample in spec.samples]
    files.replace_arrays(
        folder / FILE,
        {
            "ids": np.array(ids, dtype=np.str_),
            "probabilities": shares,
            "embeddings": embeddings.astype(np.float32),
            "seen": np.array([name in trained_on for name in ids], dtype=np.bool_),
        },
    )
