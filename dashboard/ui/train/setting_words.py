"""What the settings of a run, and the machine it ran on, are called on the screen."""

from core.types import BalanceMethod

NAMES = {
    "backbone": "Network",
    "init": "Initial weights",
    "trainings": "Trainings, averaged",
    "learning_rate": "Learning rate",
    "layer_decay": "Learning rate, share from stage to stage",
    "warmup": "Warm-up, epochs",
    "epochs": "Epochs, at most",
    "patience": "Patience, epochs",
    "batch_size": "Batch size, images",
    "image_size": "Image size, pixels",
    "balance": "Balancing",
    "balance_target": "Target, images per class",
    "patches": "Patches of others, share",
    "blends": "Blends with others, share",
    "holes": "Grey holes, share",
    "averaged": "Weights averaged, epochs",
    "freeze": "Frozen stages",
    "fold_source": "Folds dealt by",
    "fold_everything": "Folds include test",
    "search": "Settings tried",
    "recipe": "Published recipe",
    "views": "Views of an image",
    "taps": "Blocks that the last layer sees, too",
    "devices": "Processes or GPUs (0: what is there)",
    "precision": "Numbers while training",
    "forward_precision": "Numbers while looking",
    "layout": "Order of pixels in memory",
    "train_rate": "Training, images per second",
    "forward_rate": "Looking, images per second",
}
"""Where a name cannot be read off its key."""


_CHOICES = (*(method.value for method in BalanceMethod), "channels_last")
"""Values of which an underscore is a space; in other names it stays."""


def name(key: str) -> str:
    """Return what a setting is called."""
    return NAMES.get(key) or key.replace("_", " ").capitalize()


def value(given: object) -> str:
    """Return a setting's value; of a path only the file's name."""
    if given is None or given == "":
        return "–"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, float):
        return f"{given:g}"
    said = str(given).replace("\\", "/").rsplit("/", 1)[-1]
    return said.replace("_", " ") if said in _CHOICES else said
