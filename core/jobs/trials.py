"""The trials of a search: which settings are tried, what each was worth, and their file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import files
from core.errors import AppError
from core.settings import config as configs
from core.settings.config import TrainConfig
from core.settings.limits import STRENGTHS
from core.types import BalanceMethod, Metric

FILE = "trials.json"
SEARCHED = ("learning_rate", "frozen_stages", "balance", "augmentation")
_FASTEST = 10.0
"""The learning rate is drawn between a tenth and ten times of what was given."""
_ATTEMPTS = 50


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Settings, and how networks trained with them do on images that they have not seen."""

    number: int
    """0: the settings as they were given."""
    settings: Mapping[str, Any]
    """What is searched, as in `TrainConfig.model_dump`."""
    images: int
    patients: int
    accuracy: Metric
    balanced_accuracy: Metric
    macro_f1: Metric
    predicted: tuple[int, ...]
    """(N,) columns"""
    gain: Metric | None
    """In balanced accuracy over the settings as given, paired by patient; None for themselves.

    The intervals of all trials hold together: the best of many must not look better by chance.
    """
    diverged: bool = False
    """The loss stopped being a number: nothing was measured."""

    def onto(self, config: Mapping[str, Any]) -> TrainConfig:
        """Return the settings of a whole run with these in them, and no search."""
        alone = {"search": 0, "folds": 0, "folds_by": "patient"}
        return configs.from_dict({**config, **self.settings, **alone})


def draw(config: TrainConfig, n: int, stages: int, rng: np.random.Generator) -> list[TrainConfig]:
    """Return up to n different settings, the given ones first.

    `stages` is how many the network has: at least one always learns. Where only the head is
    fitted, nothing but the balance matters, and there are fewer settings than asked for.
    """
    settings = [config.changed(search=0)]
    for _ in range(n * _ATTEMPTS):
        if len(settings) >= n:
            break
        balance = BalanceMethod(rng.choice([method.value for method in BalanceMethod]))
        drawn = settings[0].changed(balance=balance)
        if config.epochs:
            factor = _FASTEST ** rng.uniform(-1, 1)
            drawn = drawn.changed(
                learning_rate=float(f"{min(1.0, config.learning_rate * factor):.2g}"),
                frozen_stages=int(rng.integers(0, stages)),
                augmentation=str(rng.choice(STRENGTHS)),
            )
        if drawn not in settings:
            settings.append(drawn)
    return settings


def best(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial of the highest balanced accuracy, among equals the first."""
    measured = [trial for trial in trials if not trial.diverged]
    return max(measured, key=lambda trial: trial.balanced_accuracy.value, default=None)


def write(folder: Path, trials: Sequence[Trial]) -> None:
    """Keep the finished trials; a crash leaves the old file or the new one."""
    files.replace(folder / FILE, json.dumps([asdict(trial) for trial in trials]).encode())


def read(folder: Path) -> list[Trial]:
    """Return the finished trials of a job's folder, in their order; none where there are none."""
    try:
        return [_trial(row) for row in json.loads((folder / FILE).read_bytes())]
    except (OSError, ValueError, KeyError, TypeError, AppError):
        return []


def _trial(row: Mapping[str, Any]) -> Trial:
    settings = {name: row["settings"][name] for name in SEARCHED}
    # They stand on the screen and start runs: what is no setting is no trial either.
    configs.from_dict(settings)
    counts = {name: int(row[name]) for name in ("number", "images", "patients")}
    metrics = {name: _metric(row[name]) for name in ("accuracy", "balanced_accuracy", "macro_f1")}
    gain = None if row["gain"] is None else _metric(row["gain"])
    predicted = tuple(map(int, row["predicted"]))
    read = {**counts, **metrics, "settings": settings, "predicted": predicted, "gain": gain}
    return Trial(**{**row, **read})


def _metric(row: Mapping[str, Any]) -> Metric:
    return Metric(**{name: float(value) for name, value in row.items()})
