"""The settings of a training run: one model that form, options, job file and page come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator

from core.errors import AppError, SettingImpossible
from core.settings import fields
from core.settings.limits import MIN_FOLDS, MIN_TRIALS, MOST_FOLDS, MOST_TRIALS
from core.settings.train_fields import TrainFields
from core.types import setting_names

EPOCH_VIEWS = 2
"""Most views of an image that validation looks at after an epoch; at the end it looks at all."""
_HINT = "Change it, or start from a preset: quick, balanced or thorough."


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


class TrainConfig(TrainFields):
    """Everything that a person can choose about a training run; valid from birth.

    Raises SettingImpossible for a value that cannot work, AppError for a name that is no setting.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, raw: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse with the sentence of the first wrong setting; 3.0 counts as a whole number."""
        if isinstance(raw, Mapping):
            raw = {name: _whole(name, value) for name, value in raw.items()}
        try:
            return check(raw)
        except ValidationError as error:
            raise _refusal(error) from error

    @model_validator(mode="after")
    def _together(self) -> Self:
        """Refuse settings that cannot work together, naming the first one."""
        for kept, name, rule in (*self._folding(), *self._from_nothing()):
            if not kept:
                raise SettingImpossible(name, rule, hint=_HINT)
        return self

    def _folding(self) -> tuple[tuple[bool, str, str], ...]:
        return (
            (self.cutmix + self.mixup <= 1, "cutmix", "and mixup must be at most 1 together"),
            (
                self.folds != 1,
                "folds",
                f"must be 0, or between {MIN_FOLDS} and {MOST_FOLDS}",
            ),
            (
                self.search != 1,
                "search",
                f"must be 0, or between {MIN_TRIALS} and {MOST_TRIALS}",
            ),
            (
                not (self.search and self.fold_everything),
                "fold_everything",
                "must be off in a search, which never looks at test",
            ),
            (
                self.folds > 0 or self.folds_by == "authors" or not self.fold_everything,
                "fold_everything",
                "needs folds",
            ),
        )

    def _from_nothing(self) -> tuple[tuple[bool, str, str], ...]:
        # BatchNorm learns from what one process sees at once, and one image has no spread.
        fewest = 2 * max(1, self.devices)
        return (
            (
                self.pretrained or self.epochs > 0,
                "epochs",
                "must be at least 1 from random weights",
            ),
            # Two trainings from nothing end too far apart for a mean of their weights.
            (
                self.pretrained or self.trainings == 1,
                "trainings",
                "must be 1 from random weights",
            ),
            (
                self.pretrained or self.batch_size >= fewest,
                "batch_size",
                f"must be at least {fewest} from random weights, 2 for each device",
            ),
        )

    @property
    def pretrained(self) -> bool:
        """Whether the network starts from weights that already know images."""
        return self.init != "random"

    @property
    def all_epochs(self) -> int:
        """Most passes over the training images in all trainings together."""
        return self.epochs * self.trainings

    @property
    def measured_views(self) -> int:
        """How many views of an image validation looks at after every epoch."""
        return min(EPOCH_VIEWS, self.tta_views) if self.epochs else self.tta_views

    @property
    def stored_size(self) -> int:
        """Side in pixels of the stored images that crops and augmentations are cut from."""
        return round(self.image_size * 10 / 7)

    @property
    def pace(self) -> tuple[object, ...]:
        """All that decides how fast a network of this size is trained and looked at here."""
        looking = (self.pretrained, self.intermediate_blocks, self.tta_views)
        if not self.epochs:
            return looking
        step = (self.frozen_stages, self.batch_size, self.optimizer, self.augmentation)
        return *looking, *step, self.cutmix, self.mixup, self.erasing, self.ema_epochs > 0

    def begins(self, epoch: int) -> bool:
        """Say whether one of the trainings begins with this epoch; they are counted from 1."""
        return self.epochs > 0 and (epoch - 1) % self.epochs == 0

    def changed(self, **changes: Any) -> Self:
        """Return the settings with some of them replaced, checked as if made from nothing."""
        return self.model_validate({**self.model_dump(), **changes})


SETTINGS: Mapping[str, fields.Setting] = fields.read(TrainFields)
"""Name -> description of every setting, in the order of the form."""


def head_views(views: int, images: int) -> int:
    """Return how many views of each of some images a head is fitted to.

    With many images fewer views of each are needed: 40,000 rows are enough.
    """
    return min(views, max(1, 40_000 // max(1, images)))


def from_dict(raw: Mapping[str, Any]) -> TrainConfig:
    """Read the settings of a job file or a stored run, of an earlier version, too.

    Missing settings take their defaults. Raises AppError for an unknown setting or a value of
    another type.
    """
    return TrainConfig.model_validate(setting_names.of_today(raw))


def _whole(name: str, value: Any) -> Any:
    setting = SETTINGS.get(name)
    if (
        setting is not None
        and setting.kind is int
        and isinstance(value, float)
        and value.is_integer()
    ):
        return int(value)
    return value


def _refusal(error: ValidationError) -> AppError:
    wrong = error.errors()[0]
    name = str(wrong["loc"][0])
    if wrong["type"] == "extra_forbidden":
        return AppError(
            f"There is no training setting {name!r}.",
            title="Unknown setting",
            hint=f"The settings are {', '.join(SETTINGS)}.",
        )
    setting, value = SETTINGS[name], wrong["input"]
    kinds = (int, float) if setting.kind is float else setting.kind
    if setting.choices or (isinstance(value, kinds) and not isinstance(value, bool)):
        return SettingImpossible(name, setting.rule, hint=_HINT)
    example = (
        "It is a whole number." if setting.default is None else f"It is like {setting.default!r}."
    )
    return SettingImpossible(name, f"cannot be {value!r}", hint=example)
