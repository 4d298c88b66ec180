"""A search of settings: a few trials, each scored by cross-validation.

The test split is not used: the folds are dealt among train and validation. The first trial is the
given settings, the baseline of all others.
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.devices.resource_usage import Meter
from core.evaluation import comparison, intervals, metrics
from core.evaluation.metrics import Answers
from core.jobs import cross_validation, job_spec, linear_probe, training_job, trials
from core.jobs.cross_validation import FoldDiverged
from core.jobs.job_spec import JobSpec
from core.jobs.linear_probe import Embedder
from core.jobs.reporter import Log
from core.jobs.training_task import Task
from core.jobs.trials import Trial
from core.models import inference, network_stages
from core.settings.config import Hardware
from core.types import Metric, RunId


def run(spec: JobSpec, folder: Path, machine: Hardware, log: Log, meter: Meter) -> dict[str, Any]:
    """Try the settings out; return what `result.json` says. Finished trials are kept at once.

    A trial that has been kept is not computed again, so a killed search goes on where it was. One
    process does it all: several devices would need the settings of every trial.
    """
    task = training_job.prepared(spec, folder, machine, log, meter)
    stages = len(network_stages.parts(task.network.module))
    rng = np.random.default_rng(spec.config.seed)
    settings = trials.draw(spec.config, spec.config.search, stages, rng)
    kept = trials.read(folder)
    embedder = linear_probe.embedder(task)
    for number in range(len(kept), len(settings)):
        task.reporter.within(f"Trial {number + 1} of {len(settings)}", number, len(settings))
        given = replace(task, spec=replace(spec, config=settings[number]))
        try:
            trial = _trial(given, embedder, number, kept, len(settings))
        except FoldDiverged:
            trial = _lost(given, number)
        if trial is None:
            break
        kept.append(trial)
        trials.write(folder, kept)
        task.reporter.message(_sentence(trial, len(settings)))
    return {
        **asdict(task.meter.total()),
        "status": "finished" if len(kept) == len(settings) else "stopped",
        "best_epoch": None,
        "epochs_done": 0,
    }


def _trial(
    task: Task, embedder: Embedder, number: int, before: list[Trial], total: int
) -> Trial | None:
    """Cross-validate the task's settings; None when asked to stop. Raises FoldDiverged."""
    out_of_fold = cross_validation.run(
        task, embedder, task.folder / job_spec.LAST / f"trial-{number}"
    )
    if out_of_fold is None:
        return None
    given = Answers(
        truth=task.labels(out_of_fold.rows),
        predicted=inference.probabilities(out_of_fold.logits, 1.0).argmax(axis=1).astype(np.int64),
        patients=np.array(
            [task.spec.samples[row].group for row in out_of_fold.rows], dtype=np.int64
        ),
    )
    measured = metrics.evaluate(
        given, task.classes, run=RunId(task.folder.name), split=f"trial-{number}", test_version=""
    )
    first = before[0] if before and not before[0].diverged else None
    return Trial(
        number=number,
        settings=_settings(task),
        images=measured.images,
        patients=measured.patients,
        accuracy=measured.accuracy,
        balanced_accuracy=measured.balanced_accuracy,
        macro_f1=measured.macro_f1,
        predicted=tuple(given.predicted.tolist()),
        gain=None if first is None else _gain(given, first, len(task.classes), total - 1),
    )


def _settings(task: Task) -> dict[str, Any]:
    settings = task.config.model_dump(mode="json")
    return {name: settings[name] for name in trials.SEARCHED}


def _lost(task: Task, number: int) -> Trial:
    """Return a trial whose loss became NaN or infinite: it is shown, and never chosen."""
    nothing = Metric(value=0.0, low=0.0, high=0.0)
    return Trial(
        number=number,
        settings=_settings(task),
        images=0,
        patients=0,
        accuracy=nothing,
        balanced_accuracy=nothing,
        macro_f1=nothing,
        predicted=(),
        gain=None,
        diverged=True,
    )


def _gain(given: Answers, first: Trial, classes: int, comparisons: int) -> Metric:
    reference = replace(given, predicted=np.array(first.predicted, dtype=np.int64))
    difference = comparison.balanced_accuracy(reference, given, classes)
    alone = Metric(value=difference.value, low=difference.low, high=difference.high)
    return intervals.together(alone, comparisons)


def _sentence(trial: Trial, total: int) -> str:
    score = trial.balanced_accuracy
    if trial.diverged:
        return f"Trial {trial.number + 1} of {total} diverged."
    return (
        f"Trial {trial.number + 1} of {total}: balanced accuracy {100 * score.value:.1f} % "
        f"({100 * score.low:.1f} to {100 * score.high:.1f})."
    )
