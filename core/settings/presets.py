"""Named starting points of a training run: how much effort, from which weights."""

from collections.abc import Mapping
from typing import Any

from core.errors import AppError
from core.settings import config, limits
from core.settings.config import TrainConfig

_TUNED: Mapping[str, Any] = {
    "views": 9,
    "taps": 3,
    "learning_rate": 1e-3,
    "augmentation": "strong",
    "averaged": 3.0,
    # Edges and colours need not be learnt anew, and their stages are the dearest to teach.
    "freeze": 3,
}
_FROM_PRETRAINED: Mapping[str, Mapping[str, Any]] = {
    "quick": {"epochs": 0, "views": 9, "taps": 3},
    "balanced": {**_TUNED, "epochs": 10, "patience": 10},
    "thorough": {**_TUNED, "epochs": 20, "patience": 20, "trainings": 2, "patches": 0.5},
}
_SCRATCH: Mapping[str, Any] = {
    "learning_rate": 3e-3,
    "layer_decay": 1.0,
    "warmup": 3.0,
    "label_smoothing": 0.05,
    "views": 2,
}
_FROM_RANDOM: Mapping[str, Mapping[str, Any]] = {
    "quick": {**_SCRATCH, "epochs": 20, "patience": 20},
    "balanced": {**_SCRATCH, "epochs": 60, "patience": 25},
    "thorough": {**_SCRATCH, "epochs": 150, "patience": 50, "augmentation": "strong", "views": 9},
}


def named(name: str, **overrides: Any) -> TrainConfig:
    """Return the settings of a preset with some of them replaced.

    The presets differ with the initial weights: a network that starts from random weights is
    trained whole for longer. Raises AppError for an unknown preset or setting.
    """
    if name not in limits.PRESETS:
        raise AppError(
            f"There is no preset {name!r}.",
            title="Unknown preset",
            hint=f"Choose one of {', '.join(limits.PRESETS)}.",
        )
    table = _FROM_RANDOM if overrides.get("init") == "random" else _FROM_PRETRAINED
    return config.from_dict({**table[name], **overrides, "preset": name})


def demo(seed: int = 0) -> TrainConfig:
    """Return the settings of the demonstration: a small network from random weights."""
    return named(
        "balanced",
        backbone="mobilenetv3_small_100",
        init="random",
        image_size=128,
        seed=seed,
    )
