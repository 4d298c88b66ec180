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
from core.models import inference, linear_head, network_stages
from core.settings.limits import MIN_FOLDS
from core.training import ema, loop, training_state
from core.training.loop import Callbacks
from core.training.training_state import TrainingState
from core.types import FloatArray, IntArray, Probabilities, Split


class FoldDiverged(Exception):
    """The loss of a fold's training stopped being a number: there is no cross-validation."""


@dataclass(frozen=True, kw_only=True)
class OutOfFold:
    """Logits of the folds' networks for the samples that each of them has not seen."""

    rows: tuple[int, ...]
    """Indices into the job's samples."""
    folds: IntArray
    logits: FloatArray
    """(N, V, K)"""


def run(task: Task, embedder: Embedder, kept: Path) -> OutOfFold | None:
    """Train once per fold of the job; None without folds, or where asked to stop.

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
        fold_logits = _kept(file, held)
        if fold_logits is None:
            task.reporter.part(f"fold {done} of {len(numbers)}", done - 1, len(numbers))
            fold_logits = _one(task, embedder, folds, number)
            if fold_logits is None:
                task.leave_if_paused()
                return None
            _keep(file, fold_logits)
            task.meter.keep()
        logits |= fold_logits
        task.reporter.message(f"Fold {done} of {len(numbers)}: {_score(task, fold_logits)}.")
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
        linear_head.write_into(head, network_stages.classifier(module))
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
    logits = dict(zip(stored["rows"].tolist(), stored["logits"], strict=True))
    return logits if set(logits) == set(held) else None


def _keep(path: Path, logits: Mapping[int, FloatArray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace_arrays(
        path, {"rows": np.array(list(logits)), "logits": np.stack(list(logits.values()))}
    )


def _score(task: Task, logits: Mapping[int, FloatArray]) -> str:
    shares = inference.probabilities(np.stack(list(logits.values())), 1.0)
    row = training_state.scores(shares, task.labels(list(logits)))
    reached = row["balanced_accuracy"] or 0.0
    return f"balanced accuracy {100 * reached:.1f} % on {len(logits)} images"


def probabilities(task: Task, out_of_fold: OutOfFold) -> Probabilities:
    """Return (N, K), each fold at the temperature that fits the other folds best."""
    labels = task.labels(out_of_fold.rows)
    shares = np.zeros((len(out_of_fold.rows), len(task.classes)))
    for number in np.unique(out_of_fold.folds):
        held = out_of_fold.folds == number
        fitted = calibration.temperature(out_of_fold.logits[~held], labels[~held])
        shares[held] = inference.probabilities(out_of_fold.logits[held], fitted)
    return shares


def temperature(task: Task, out_of_fold: OutOfFold) -> float:
    """Return the temperature that fits the folds' networks best, for the network in use."""
    return calibration.temperature(out_of_fold.logits, task.labels(out_of_fold.rows))
