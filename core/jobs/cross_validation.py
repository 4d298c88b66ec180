"""Out-of-fold probabilities: every sample is scored by a network that has not seen its group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import files
from core.evaluation import calibration
from core.jobs import linear_probe
from core.jobs.linear_probe import Embedder
from core.jobs.training_task import Task
from core.models import inference, network_stages
from core.settings.limits import MIN_FOLDS
from core.training import ema, loop, training_state
from core.training.loop import Callbacks
from core.training.training_state import TrainingState
from core.types import FloatArray, IntArray, Probabilities, Split


class FoldDiverged(Exception):
    """The loss of a fold's training stopped being a number: there is no cross-validation."""


@dataclass(frozen=True, kw_only=True)
class OutOfFold:
    """What the folds' networks say about the samples that each of them has not seen."""

    rows: tuple[int, ...]
    """Places in the job's samples."""
    folds: IntArray
    logits: FloatArray
    """(N, V, K)"""


def run(task: Task, embedder: Embedder, kept: Path) -> OutOfFold | None:
    """Train once per fold of the job; None where there are no folds, or somebody asked to stop.

    A fold trains for all epochs of the run and keeps the last: no choice is made on the samples
    that it is scored on. Finished folds are kept in the folder `kept` for a resume. Raises
    FoldDiverged.
    """
    samples = task.spec.samples
    rows = [
        row for row in task.rows(Split.TRAIN, Split.VALIDATION) if samples[row].fold is not None
    ]
    folds = {row: int(samples[row].fold or 0) for row in rows}
    numbers = sorted(set(folds.values()))
    if not task.config.folds or len(numbers) < MIN_FOLDS:
        return None
    logits: dict[int, FloatArray] = {}
    for done, number in enumerate(numbers, start=1):
        held = [row for row in rows if folds[row] == number]
        file = kept / f"fold-{number}.npz"
        found = _kept(file, held)
        if found is None:
            task.reporter.part(f"fold {done} of {len(numbers)}", done - 1, len(numbers))
            found = _one(task, embedder, folds, number)
            if found is None:
                task.leave_if_paused()
                return None
            _keep(file, found)
            task.meter.keep()
        logits |= found
        task.reporter.message(f"Fold {done} of {len(numbers)}: {_score(task, found)}.")
    return OutOfFold(
        rows=tuple(rows),
        folds=np.array([folds[row] for row in rows]),
        logits=np.stack([logits[row] for row in rows]),
    )


def _one(
    task: Task, embedder: Embedder, folds: Mapping[int, int], number: int
) -> dict[int, FloatArray] | None:
    """Train without a fold and return its samples' logits; None where that ended early."""
    held = [row for row, fold in folds.items() if fold == number]
    others = [row for row, fold in folds.items() if fold != number]
    module = task.network.module
    if task.stop():
        return None
    embeddings = embedder()
    module.load_state_dict(dict(task.initial))
    if embeddings is not None:
        head = linear_probe.fit(task, embeddings, others)
        head.write_into(network_stages.classifier(module))
        if not task.config.epochs:
            logits = head.logits(embeddings.data(task, held).embeddings)
            return dict(zip(held, logits, strict=True))
    if not _trained(task, others):
        return None
    output = task.forward(held, f"Scoring fold {number + 1}")
    return dict(zip(held, output.logits, strict=True))


def _trained(task: Task, rows: Sequence[int]) -> bool:
    start = TrainingState.first(ema.cpu_state_dict(task.network.module))
    callbacks = Callbacks(
        on_batch_end=task.reporter.batch,
        should_stop=task.stop,
        on_message=task.reporter.message,
    )
    ended = task.fit(rows, [], start, callbacks)
    if ended.diverged:
        raise FoldDiverged(loop.divergence_message(ended.diverged))
    task.network.module.load_state_dict(dict(ended.best))
    return not ended.stopped


def _kept(path: Path, held: Sequence[int]) -> dict[int, FloatArray] | None:
    stored = files.read_arrays(path, ("rows", "logits"))
    if stored is None:
        return None
    found = dict(zip(stored["rows"].tolist(), stored["logits"], strict=True))
    return found if set(found) == set(held) else None


def _keep(path: Path, found: Mapping[int, FloatArray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_arrays(
        path, {"rows": np.array(list(found)), "logits": np.stack(list(found.values()))}
    )


def _score(task: Task, found: Mapping[int, FloatArray]) -> str:
    shares = inference.probabilities(np.stack(list(found.values())), 1.0)
    row = training_state.scores(shares, task.labels(list(found)))
    reached = row["balanced_accuracy"] or 0.0
    return f"balanced accuracy {100 * reached:.1f} % on {len(found)} images"


def probabilities(task: Task, found: OutOfFold) -> Probabilities:
    """Return (N, K), each fold at the temperature that fits the other folds best."""
    labels = task.labels(found.rows)
    shares = np.zeros((len(found.rows), len(task.classes)))
    for number in np.unique(found.folds):
        held = found.folds == number
        fitted = calibration.temperature(found.logits[~held], labels[~held])
        shares[held] = inference.probabilities(found.logits[held], fitted)
    return shares


def temperature(task: Task, found: OutOfFold) -> float:
    """Return the temperature that fits the folds' networks best, for the network in use."""
    return calibration.temperature(found.logits, task.labels(found.rows))
