"""What can be chosen for a training run, without the cost of loading its model."""

from collections.abc import Mapping
from typing import Literal, get_args

BACKBONES: Mapping[str, str] = {
    "mobilenetv2_100": "MobileNetV2",
    "mobilenetv3_small_100": "MobileNetV3 small",
    "mobilenetv3_large_100": "MobileNetV3 large",
    "mobilenetv4_conv_small": "MobileNetV4 conv small",
    "efficientnet_b0": "EfficientNet-B0",
}
"""Recommended networks (name in timm -> name for people); any other timm model works by name."""

Preset = Literal["quick", "balanced", "thorough"]
Strength = Literal["none", "light", "strong"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
MIN_FOLDS, MOST_FOLDS = 2, 20
MIN_TRIALS, MOST_TRIALS = 2, 200


def network_name(backbone: str) -> str:
    """Return a network's name for people: that of timm where there is no other."""
    return BACKBONES.get(backbone, backbone)
