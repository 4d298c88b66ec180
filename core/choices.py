"""What can be chosen for a training run, and the rules that its settings keep."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.types import BalanceMethod

if TYPE_CHECKING:
    from core.config import TrainConfig

BACKBONES: Mapping[str, str] = {
    "mobilenetv2_100": "MobileNetV2",
    "mobilenetv3_small_100": "MobileNetV3 small",
    "mobilenetv3_large_100": "MobileNetV3 large",
    "mobilenetv4_conv_small": "MobileNetV4 conv small",
    "efficientnet_b0": "EfficientNet-B0",
}
"""Recommended networks (name in timm -> name for people); any other timm model works by name."""

PRESETS = ("quick", "balanced", "thorough")
OPTIMIZERS = ("adamw", "adam")
STRENGTHS = ("none", "light", "strong")
VIEW_COUNTS = (1, 2, 9)
FOLD_SOURCES = ("patient", "authors")
RECIPES = ("", "poster")
MIN_FOLDS, MOST_FOLDS = 2, 20
MIN_TRIALS, MOST_TRIALS = 2, 200


def network_name(backbone: str) -> str:
    """Return a network's name for people: that of timm where there is no other."""
    return BACKBONES.get(backbone, backbone)


def broken(config: "TrainConfig") -> tuple[str, str] | None:
    """Return (setting, what it must be) of the first rule that is broken; None if all are kept."""
    return next(((setting, rule) for kept, setting, rule in _rules(config) if not kept), None)


def _rules(config: "TrainConfig") -> list[tuple[bool, str, str]]:
    balances = tuple(method.value for method in BalanceMethod)
    return [
        *_choices(config),
        *_mixing(config),
        *_from_nothing(config),
        (config.balance in balances, "balance", f"must be one of {', '.join(balances)}"),
        (0 <= config.epochs <= 1000, "epochs", "must lie between 0 and 1000"),
        (1 <= config.trainings <= 20, "trainings", "must lie between 1 and 20"),
        (0 <= config.warmup <= 100, "warmup", "must lie between 0 and 100 epochs"),
        (0 < config.learning_rate <= 1, "learning_rate", "must be above 0 and at most 1"),
        (0 < config.layer_decay <= 1, "layer_decay", "must be above 0 and at most 1"),
        (0 <= config.weight_decay <= 1, "weight_decay", "must lie between 0 and 1"),
        (1 <= config.batch_size <= 1024, "batch_size", "must lie between 1 and 1024"),
        (32 <= config.image_size <= 1024, "image_size", "must lie between 32 and 1024 pixels"),
        (0 <= config.seed < 2**32, "seed", "must be a whole number from 0 to 4294967295"),
        (
            config.balance_target is None or config.balance_target >= 1,
            "balance_target",
            "must be at least 1 image",
        ),
        (0 <= config.averaged <= 100, "averaged", "must lie between 0 and 100 epochs"),
        (0 <= config.label_smoothing < 1, "label_smoothing", "must be at least 0 and below 1"),
        (0 <= config.freeze <= 100, "freeze", "must lie between 0 and 100 stages"),
        (0 <= config.devices <= 64, "devices", "must lie between 0 and 64"),
        (config.patience >= 1, "patience", "must be at least 1 epoch"),
        (0 <= config.taps <= 20, "taps", "must lie between 0 and 20 blocks"),
        (
            config.folds == 0 or MIN_FOLDS <= config.folds <= MOST_FOLDS,
            "folds",
            f"must be 0, or between {MIN_FOLDS} and {MOST_FOLDS}",
        ),
        (
            config.search == 0 or MIN_TRIALS <= config.search <= MOST_TRIALS,
            "search",
            f"must be 0, or between {MIN_TRIALS} and {MOST_TRIALS}",
        ),
        (
            not (config.search and config.fold_everything),
            "fold_everything",
            "must be off in a search, which never looks at test",
        ),
        (
            config.folds > 0 or config.fold_source == "authors" or not config.fold_everything,
            "fold_everything",
            "needs folds",
        ),
    ]


def _from_nothing(config: "TrainConfig") -> list[tuple[bool, str, str]]:
    if config.pretrained:
        return []
    # BatchNorm learns from what one process sees at once, and one picture alone has no spread.
    fewest = 2 * max(1, config.devices)
    return [
        (config.epochs > 0, "epochs", "must be at least 1 from random weights"),
        # Two trainings from nothing end too far apart for a mean of their weights.
        (config.trainings <= 1, "trainings", "must be 1 from random weights"),
        (
            config.batch_size >= fewest,
            "batch_size",
            f"must be at least {fewest} from random weights, 2 for each device",
        ),
    ]


def _mixing(config: "TrainConfig") -> list[tuple[bool, str, str]]:
    return [
        (0 <= config.patches <= 1, "patches", "must lie between 0 and 1"),
        (0 <= config.blends <= 1, "blends", "must lie between 0 and 1"),
        (0 <= config.holes <= 1, "holes", "must lie between 0 and 1"),
        (config.patches + config.blends <= 1, "patches", "and blends must be at most 1 together"),
    ]


def _choices(config: "TrainConfig") -> list[tuple[bool, str, str]]:
    return [
        (config.preset in PRESETS, "preset", f"must be one of {', '.join(PRESETS)}"),
        (bool(config.backbone), "backbone", "must name a network"),
        (bool(config.init), "init", "must be imagenet, random or the path of a weights file"),
        (config.optimizer in OPTIMIZERS, "optimizer", f"must be one of {', '.join(OPTIMIZERS)}"),
        (
            config.augmentation in STRENGTHS,
            "augmentation",
            f"must be one of {', '.join(STRENGTHS)}",
        ),
        (config.views in VIEW_COUNTS, "views", "must be 1, 2 or 9"),
        (config.fold_source in FOLD_SOURCES, "fold_source", "must be patient or authors"),
        (config.recipe in RECIPES, "recipe", "must be poster, or empty"),
    ]
