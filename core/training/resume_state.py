"""What a killed training job goes on from: the state after its last finished epoch."""

import io
import pickle
import shutil
from pathlib import Path

import torch

from core import files
from core.training.epoch_progress import Progress

_FILE = "state.pt"


def save(folder: Path, progress: Progress) -> None:
    """Keep the state; a crash leaves the old one or the new one."""
    folder.mkdir(exist_ok=True)
    # Through memory: on a full disk a plain write fails with a message that says so.
    buffer = io.BytesIO()
    torch.save(progress.to_dict(), buffer)
    files.replace(folder / _FILE, buffer.getvalue())


def load(folder: Path) -> Progress | None:
    """Return the kept state; None where there is none, or none that can be read."""
    try:
        return Progress(**torch.load(folder / _FILE, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, TypeError):
        return None


def clear(folder: Path) -> None:
    """Forget the state of a job that is done."""
    shutil.rmtree(folder, ignore_errors=True)
