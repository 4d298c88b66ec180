"""What the settings of a run were called in files and workspaces of earlier versions."""

from collections.abc import Mapping
from typing import Any

EARLIER: Mapping[str, str] = {
    "freeze": "frozen_stages",
    "patches": "cutmix",
    "blends": "mixup",
    "holes": "erasing",
    "averaged": "ema_epochs",
    "warmup": "warmup_epochs",
    "views": "tta_views",
    "taps": "intermediate_blocks",
    "fold_source": "folds_by",
}
"""Earlier name -> name of today."""


def of_today(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings under their names of today."""
    return {EARLIER.get(name, name): value for name, value in settings.items()}
