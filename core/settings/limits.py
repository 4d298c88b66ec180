"""What can be chosen for a training run."""

from collections.abc import Mapping

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
