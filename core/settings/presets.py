"""Named starting points of a training run: how much effort, from which weights."""

from collections.abc import Mapping
from typing import Any

from core.errors import AppError
from core.settings import limits
from core.settings.config import TrainConfig

_TUNED: Mapping[str, Any] = {
    "tta_views": 9,
    "intermediate_blocks": 3,
    "learning_rate": 1e-3,
    "augmentation": "strong",
    "ema_epochs": 3.0,
    # Edges and colours need not be learned again, and the early stages cost the most to train.
    "frozen_stages": 3,
}
_FROM_PRETRAINED: Mapping[str, Mapping[str, Any]] = {
    "quick": {"epochs": 0, "tta_views": 9, "intermediate_blocks": 3},
    "balanced": {**_TUNED, "epochs": 10, "patience": 10},
    "thorough": {**_TUNED, "epochs": 20, "patience": 20, "trainings": 2, "cutmix": 0.5},
}
_SCRATCH: Mapping[str, Any] = {
    "learning_rate": 3e-3,
    "layer_decay": 1.0,
    "warmup_epochs": 3.0,
    "label_smoothing": 0.05,
    "tta_views": 2,
}
_FROM_RANDOM: Mapping[str, Mapping[str, Any]] = {
    "quick": {**_SCRATCH, "epochs": 20, "patience": 20},
    "balanced": {**_SCRATCH, "epochs": 60, "patience": 25},
    "thorough": {
        **_SCRATCH,
        "epochs": 150,
        "patience": 50,
        "augmentation": "strong",
        "tta_views": 9,
    },
}

SENTENCES: Mapping[str, tuple[str, str]] = {
    "quick": (
        "Keeps the network as it is and fits only its last layer. A first look.",
        "A short training from nothing. A first look.",
    ),
    "balanced": (
        "Fine-tunes most of the network, a few passes. The usual choice.",
        "Trains the whole network from nothing. The usual choice.",
    ),
    "thorough": (
        "Averages two longer trainings. Slow.",
        "Trains much longer, with stronger augmentation.",
    ),
}
"""Preset -> what it does from pretrained weights, and from random ones."""

DECIDED = frozenset(
    name
    for table in (_FROM_PRETRAINED, _FROM_RANDOM)
    for changes in table.values()
    for name in changes
)
"""Settings whose value depends on the preset."""


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
    return TrainConfig.model_validate({**table[name], **overrides, "preset": name})


def demo(seed: int = 0) -> TrainConfig:
    """Return the settings of the demonstration: a small network from random weights."""
    return named(
        "balanced",
        backbone="mobilenetv3_small_100",
        init="random",
        image_size=128,
        seed=seed,
    )
