"""Every setting of a training run: its words, unit, bounds, default and choices, written once.

The form, the options of `ai-mpox train`, `job.json` and docs/settings.md come from here.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.settings.fields import SHARE, Group, setting
from core.settings.limits import BACKBONES, MOST_FOLDS, MOST_TRIALS, Preset, Strength
from core.types import BalanceMethod


class TrainFields(BaseModel):
    """The fields alone; `core.settings.config.TrainConfig` adds what must hold between them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    preset: Preset = setting(
        "balanced",
        "Preset",
        "A set of settings: how much effort.",
        group=Group.BASIC,
        choices={"quick": "Quick", "balanced": "Balanced", "thorough": "Thorough"},
    )
    backbone: str = setting(
        "mobilenetv3_small_100",
        "Network",
        "One of these, or the name of any other network in timm.",
        group=Group.BASIC,
        choices=BACKBONES,
        metavar="NAME",
        min_length=1,
        rule="must name a network",
    )
    init: str = setting(
        "imagenet",
        "Initial weights",
        "imagenet, random, or the path of a .safetensors or .pth file on this computer.",
        group=Group.BASIC,
        choices={"imagenet": "ImageNet", "random": "Random"},
        metavar="imagenet|random|FILE",
        min_length=1,
        rule="must be imagenet, random or the path of a weights file",
    )
    epochs: int = setting(
        12,
        "Epochs, at most",
        "Passes of one training over the training images; 0 fits the classifier head only.",
        unit="epochs",
        ge=0,
        le=1000,
    )
    trainings: int = setting(
        1,
        "Trainings, averaged",
        "From the same start with other draws; their weights are averaged (model soup).",
        unit="trainings",
        ge=1,
        le=20,
    )
    patience: int = setting(
        5,
        "Patience",
        "Epochs of a training without a better validation macro-F1 after which it ends.",
        unit="epochs",
        ge=1,
    )
    learning_rate: float = setting(
        3e-4,
        "Learning rate",
        "Of the classifier head, at its highest; earlier stages learn more slowly.",
        gt=0,
        le=1,
    )
    warmup_epochs: float = setting(
        1.0,
        "Warm-up",
        "Epochs in which the learning rate climbs from zero.",
        unit="epochs",
        ge=0,
        le=100,
    )
    layer_decay: float = setting(
        0.8,
        "Layer-wise decay",
        "Every stage further from the head learns at this fraction of the rate of the next.",
        gt=0,
        le=1,
    )
    weight_decay: float = setting(0.05, "Weight decay", "Of the optimizer.", ge=0, le=1)
    optimizer: Literal["adamw", "adam"] = setting(
        "adamw",
        "Optimizer",
        "Adam with or without decoupled weight decay.",
        choices={"adamw": "AdamW", "adam": "Adam"},
    )
    batch_size: int = setting(
        16, "Batch size", "Images of one optimizer step.", unit="images", ge=1, le=1024
    )
    image_size: int = setting(
        224,
        "Image size",
        "Side of the network's input; a network brings its own.",
        unit="pixels",
        empty="the network's own",
        ge=32,
        le=1024,
    )
    seed: int = setting(
        0,
        "Seed",
        "The same seed, data and machine give the same model.",
        ge=0,
        le=2**32 - 1,
    )
    frozen_stages: int = setting(
        0,
        "Frozen stages",
        "Of the network, from its input: they keep their initial weights. The last one learns.",
        unit="stages",
        ge=0,
        le=100,
    )
    intermediate_blocks: int = setting(
        0,
        "Intermediate blocks",
        "How many of the last blocks the classifier head sees beside the embedding.",
        unit="blocks",
        ge=0,
        le=20,
    )
    balance: BalanceMethod = setting(
        BalanceMethod.CLASS_WEIGHTS,
        "Balancing",
        "How to make up for rare classes.",
        choices={
            "none": "None",
            "class_weights": "Class weights",
            "balanced_sampling": "Balanced sampling",
            "augmentation": "Augmentation to a target",
        },
        strict=False,
    )
    balance_target: int | None = setting(
        None,
        "Target, images per class",
        "Of one epoch, with augmentation to a target; empty: as many as the largest class has.",
        unit="images",
        empty="the largest class",
        ge=1,
    )
    augmentation: Strength = setting(
        "light",
        "Augmentation",
        "Random crops, turns and colours of the training images.",
        choices={"none": "None", "light": "Light", "strong": "Strong"},
    )
    cutmix: float = setting(
        0.0,
        "CutMix",
        "Training images with a part of another one, and of its label.",
        unit=SHARE,
        ge=0,
        le=1,
    )
    mixup: float = setting(
        0.0,
        "Mixup",
        "Training images blended with another one, labels too.",
        unit=SHARE,
        ge=0,
        le=1,
    )
    erasing: float = setting(
        0.0, "Random erasing", "Training images with a grey rectangle.", unit=SHARE, ge=0, le=1
    )
    label_smoothing: float = setting(
        0.0, "Label smoothing", "Share of each label spread over all classes.", ge=0, lt=1
    )
    ema_epochs: float = setting(
        0.0,
        "Weight averaging (EMA)",
        "Epochs, about, over whose steps the weights are averaged; 0: not at all.",
        unit="epochs",
        ge=0,
        le=100,
    )
    tta_views: Literal[1, 2, 9] = setting(
        1,
        "Views of an image",
        "Averaged for one prediction (test-time augmentation).",
        unit="views",
    )
    devices: int = setting(
        0,
        "Devices",
        "Processes that share every batch, one per GPU; 0: all GPUs, or one where there is none.",
        unit="processes",
        ge=0,
        le=64,
    )
    folds: int = setting(
        0,
        "Folds",
        "Cross-validation parts of train and validation; 0: none.",
        unit="folds",
        group=Group.FOLDS,
        ge=0,
        le=MOST_FOLDS,
    )
    folds_by: Literal["patient", "authors"] = setting(
        "patient",
        "Folds dealt by",
        "Here, patients together; or as the authors' table says.",
        group=Group.FOLDS,
        choices={"patient": "Patient", "authors": "The authors"},
    )
    fold_everything: bool = setting(
        False,
        "Cross-validate test, too",
        "Test is trained on and scored out of fold: no test is left for this run.",
        group=Group.FOLDS,
        option="--everything",
    )
    search: int = setting(
        0,
        "Trials of a search",
        "Settings to try out on the folds, instead of training a model; 0: none.",
        unit="trials",
        group=Group.FOLDS,
        ge=0,
        le=MOST_TRIALS,
    )
    recipe: Literal["", "poster"] = setting(
        "",
        "Published recipe",
        "poster: pixels in [0, 1] and copies made before training.",
        group=Group.PROTOCOL,
        choices={"": "None", "poster": "The poster"},
    )
