"""Runs, epochs and trials as tables: for the screen, for CSV and for XLSX.

Numbers stay numbers, so that they sort; shares are 0 to 1, times are seconds.
"""

from collections.abc import Sequence

import pandas as pd

from core.jobs.trials import Trial
from core.types import Evaluation, Metric, Run
from dashboard.services.runs import ranking, run_labels
from dashboard.services.runs.progress import Epoch
from dashboard.services.runs.ranking import Apart

RUNS = (
    "run",
    "state",
    "network",
    "effort",
    "balanced_accuracy",
    "low",
    "high",
    "macro_f1",
    "measured_on",
    "images",
    "patients",
    "comparable",
    "epochs",
    "best_epoch",
    "seconds",
    "images_per_second",
    "fingerprint",
    "split",
    "test_opened",
    "origin",
)
HISTORY = (
    "epoch",
    "train_loss",
    "validation_loss",
    "macro_f1",
    "balanced_accuracy",
    "images_per_second",
    "best",
)
TRIALS = (
    "trial",
    "balanced_accuracy",
    "low",
    "high",
    "gain",
    "gain_low",
    "gain_high",
    "macro_f1",
    "learning_rate",
    "frozen_stages",
    "balance",
    "augmentation",
    "diverged",
)
SAME, OLDER_LABELS, OTHER_IMAGES = "", "older labels", "other images"


def runs(listed: Sequence[Run], apart: Apart) -> pd.DataFrame:
    """Return a row per run in the order given, columns RUNS.

    `comparable` is SAME, or says why the figure of a run does not rank with the newest run's.
    """
    return pd.DataFrame([_run(run, apart) for run in listed], columns=list(RUNS))


def _run(run: Run, apart: Apart) -> dict[str, object]:
    measured = ranking.figure(run)
    return {
        "run": run.number,
        "state": ", ".join(run_labels.stamps(run)),
        "network": run_labels.network(run),
        "effort": run_labels.effort(run),
        **_interval("balanced_accuracy", "", _metric(measured, "balanced_accuracy")),
        "macro_f1": _value(_metric(measured, "macro_f1")),
        "measured_on": "" if measured is None else measured.split.replace("_", "-"),
        "images": None if measured is None else measured.images,
        "patients": None if measured is None else measured.patients,
        "comparable": comparable(run, apart),
        "epochs": run.epochs_done,
        "best_epoch": run.best_epoch,
        "seconds": run.seconds,
        "images_per_second": run.images_per_second,
        "fingerprint": run.fingerprint,
        "split": f"{run.split_version}, {run.split_kind}",
        "test_opened": run.test_opened,
        "origin": run_labels.origin(run),
    }


def comparable(run: Run, apart: Apart) -> str:
    """Return why a run's figure does not rank with the others; SAME where it does."""
    difference = apart.runs.get(run.id)
    if difference is None:
        return SAME
    return OLDER_LABELS if difference.labels else OTHER_IMAGES


def history(epochs: Sequence[Epoch]) -> pd.DataFrame:
    """Return a row per epoch, columns HISTORY; epoch 0 is the head fitted before the first."""
    rows = [
        {"epoch": epoch.number, **{name: getattr(epoch, name) for name in HISTORY[1:]}}
        for epoch in epochs
    ]
    return pd.DataFrame(rows, columns=list(HISTORY))


def trials(ranked: Sequence[Trial]) -> pd.DataFrame:
    """Return a row per trial in the order given, columns TRIALS; trial 1 is as given.

    A trial whose loss stopped being a number has no figures.
    """
    return pd.DataFrame([_trial(trial) for trial in ranked], columns=list(TRIALS))


def _trial(trial: Trial) -> dict[str, object]:
    score = None if trial.diverged else trial.balanced_accuracy
    return {
        "trial": trial.number + 1,
        **_interval("balanced_accuracy", "", score),
        **_interval("gain", "gain_", None if trial.diverged else trial.gain),
        "macro_f1": None if trial.diverged else trial.macro_f1.value,
        **trial.settings,
        "diverged": trial.diverged,
    }


def _metric(measured: Evaluation | None, name: str) -> Metric | None:
    return None if measured is None else getattr(measured, name)


def _value(metric: Metric | None) -> float | None:
    return None if metric is None else metric.value


def _interval(name: str, prefix: str, metric: Metric | None) -> dict[str, float | None]:
    """Return a metric's three columns."""
    low, high = (None, None) if metric is None else (metric.low, metric.high)
    return {name: _value(metric), f"{prefix}low": low, f"{prefix}high": high}
