"""What the settings of a run, and the machine it ran on, are called on the screen."""

from core.settings.config import SETTINGS

_MACHINE = {
    "precision": "Numbers while training",
    "forward_precision": "Numbers while looking",
    "layout": "Order of pixels in memory",
    "train_rate": "Training, images per second",
    "forward_rate": "Looking, images per second",
}
"""Of `core.settings.config.Hardware`, where a name cannot be read off its key."""


def name(key: str) -> str:
    """Return what a setting is called, with its unit."""
    if key in SETTINGS:
        return SETTINGS[key].label
    return _MACHINE.get(key) or key.replace("_", " ").capitalize()


def value(given: object, key: str = "") -> str:
    """Return the value of a setting (`key`) or of a fact; of a path only the file's name."""
    if key in SETTINGS:
        return SETTINGS[key].says(given)
    if given is None or given == "":
        return "–"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, float):
        return f"{given:g}"
    text = str(given).replace("\\", "/").rsplit("/", 1)[-1]
    return text.replace("_", " ") if text == "channels_last" else text
