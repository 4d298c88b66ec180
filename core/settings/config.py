"""Frozen settings of a training run, valid from birth."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.errors import AppError, SettingImpossible
from core.settings import limits
from core.types import BalanceMethod

EPOCH_VIEWS = 2
"""Most views of an image that validation looks at after an epoch; at the end it looks at all."""


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """How a machine computes a job; probed once, then kept, so that a job can be repeated."""

    threads: int
    precision: str = "fp32"
    """Of training steps: fp32 or bf16."""
    forward_precision: str = "fp32"
    """Of forward passes alone."""
    layout: str = "channels_last"
    """channels_last or contiguous"""
    device: str = "cpu"
    """cpu, or cuda: the network and its batches are there, everything kept is on the processor."""
    train_rate: float | None = None
    """Images per second that the probe saw in training."""
    forward_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that a person can choose about a training run."""

    preset: str = "balanced"
    backbone: str = "mobilenetv3_small_100"
    init: str = "imagenet"
    """imagenet, random, or the path of a .safetensors or .pth file"""
    optimizer: str = "adamw"
    epochs: int = 12
    """Most passes of one training over the training images; 0 fits the classifier head only."""
    trainings: int = 1
    """Trainings from the same start, each with other chances, whose weights are averaged."""
    warmup: float = 1.0
    """Epochs in which the learning rate climbs from zero."""
    learning_rate: float = 3e-4
    """Of the classifier head, at its highest."""
    layer_decay: float = 0.8
    """Every stage further from the head learns at this fraction of the rate of the next."""
    weight_decay: float = 0.05
    batch_size: int = 16
    image_size: int = 224
    """Side of the network's input in pixels."""
    seed: int = 0
    balance: BalanceMethod = BalanceMethod.CLASS_WEIGHTS
    balance_target: int | None = None
    """Images per class and epoch, with augmentation to a target; None: the largest class."""
    augmentation: str = "light"
    patches: float = 0.0
    """Share of training pictures with a rectangle of another one in them, and of its label."""
    blends: float = 0.0
    """Share of training pictures through which another one shines, and its label."""
    holes: float = 0.0
    """Share of training pictures with a grey rectangle in them."""
    averaged: float = 0.0
    """Epochs over whose steps the weights are averaged (about the last ones); 0: not at all."""
    label_smoothing: float = 0.0
    freeze: int = 0
    """How many of the first stages keep their initial weights."""
    patience: int = 5
    """Epochs of a training without a better validation macro-F1 after which the run ends."""
    folds: int = 0
    """Cross-validation parts over train and validation; 0: none."""
    fold_source: str = "patient"
    """Who dealt the folds: patient (dealt here, patients together) or authors (imported)."""
    fold_everything: bool = False
    """Fold test, too, and train on it: no test is left for this run."""
    search: int = 0
    """Settings to try out on the folds, instead of training a model; 0: none."""
    recipe: str = ""
    """poster: the published recipe, pixels in [0, 1] and copies made before training."""
    views: int = 1
    """How many views of an image are averaged for one prediction (1, 2 or 9)."""
    taps: int = 0
    """How many of the last blocks the classifier sees beside the embedding."""
    devices: int = 0
    """Processes that share every batch, one per GPU; 0: all GPUs, or one where there is none."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot work, naming the first one."""
        broken = _broken(self)
        if broken is not None:
            raise SettingImpossible(
                *broken,
                hint="Change it, or start from a preset: quick, balanced or thorough.",
            )

    @property
    def pretrained(self) -> bool:
        """Whether the network starts from weights that already know pictures."""
        return self.init != "random"

    @property
    def all_epochs(self) -> int:
        """Most passes over the training images in all trainings together."""
        return self.epochs * self.trainings

    @property
    def measured_views(self) -> int:
        """How many views of an image validation looks at after every epoch."""
        return min(EPOCH_VIEWS, self.views) if self.epochs else self.views

    def begins(self, epoch: int) -> bool:
        """Say whether one of the trainings begins with this epoch; they are counted from 1."""
        return self.epochs > 0 and (epoch - 1) % self.epochs == 0

    @property
    def stored_size(self) -> int:
        """Side in pixels of the stored pictures that crops and augmentations are cut from."""
        return round(self.image_size * 10 / 7)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "balance": self.balance.value}


def head_views(views: int, images: int) -> int:
    """Return how many views of each of some images a head is fitted to.

    With many images fewer views of each are needed: 40,000 rows are enough.
    """
    return min(views, max(1, 40_000 // max(1, images)))


def from_dict(raw: Mapping[str, Any]) -> TrainConfig:
    """Read what `TrainConfig.to_dict` wrote; missing settings take their defaults.

    Raises AppError for an unknown setting or a value of another type.
    """
    known = {item.name: item.default for item in fields(TrainConfig)}
    values = dict(raw)
    for name, value in values.items():
        if name not in known:
            raise AppError(
                f"There is no training setting {name!r}.",
                title="Unknown setting",
                hint=f"The settings are {', '.join(known)}.",
            )
        values[name] = _typed(name, value, known[name])
    return replace(TrainConfig(), **values)


def _typed(name: str, value: Any, default: Any) -> Any:
    if name == "balance_target":
        wanted: type = int
        if value is None:
            return None
    else:
        wanted = type(default)
    if wanted is BalanceMethod and value in tuple(method.value for method in BalanceMethod):
        return BalanceMethod(value)
    if wanted is float and type(value) is int:
        return float(value)
    if wanted is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is not wanted:
        raise SettingImpossible(
            name,
            f"cannot be {value!r}",
            hint=f"It is like {default!r}." if default is not None else "It is a whole number.",
        )
    return value


def _broken(config: TrainConfig) -> tuple[str, str] | None:
    """Return (setting, what it must be) of the first rule that is broken; None if all are kept."""
    return next(((setting, rule) for kept, setting, rule in _rules(config) if not kept), None)


def _rules(config: TrainConfig) -> list[tuple[bool, str, str]]:
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
            config.folds == 0 or limits.MIN_FOLDS <= config.folds <= limits.MOST_FOLDS,
            "folds",
            f"must be 0, or between {limits.MIN_FOLDS} and {limits.MOST_FOLDS}",
        ),
        (
            config.search == 0 or limits.MIN_TRIALS <= config.search <= limits.MOST_TRIALS,
            "search",
            f"must be 0, or between {limits.MIN_TRIALS} and {limits.MOST_TRIALS}",
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


def _from_nothing(config: TrainConfig) -> list[tuple[bool, str, str]]:
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


def _mixing(config: TrainConfig) -> list[tuple[bool, str, str]]:
    return [
        (0 <= config.patches <= 1, "patches", "must lie between 0 and 1"),
        (0 <= config.blends <= 1, "blends", "must lie between 0 and 1"),
        (0 <= config.holes <= 1, "holes", "must lie between 0 and 1"),
        (config.patches + config.blends <= 1, "patches", "and blends must be at most 1 together"),
    ]


def _choices(config: TrainConfig) -> list[tuple[bool, str, str]]:
    return [
        (config.preset in limits.PRESETS, "preset", f"must be one of {', '.join(limits.PRESETS)}"),
        (bool(config.backbone), "backbone", "must name a network"),
        (bool(config.init), "init", "must be imagenet, random or the path of a weights file"),
        (
            config.optimizer in limits.OPTIMIZERS,
            "optimizer",
            f"must be one of {', '.join(limits.OPTIMIZERS)}",
        ),
        (
            config.augmentation in limits.STRENGTHS,
            "augmentation",
            f"must be one of {', '.join(limits.STRENGTHS)}",
        ),
        (config.views in limits.VIEW_COUNTS, "views", "must be 1, 2 or 9"),
        (config.fold_source in limits.FOLD_SOURCES, "fold_source", "must be patient or authors"),
        (config.recipe in limits.RECIPES, "recipe", "must be poster, or empty"),
    ]
