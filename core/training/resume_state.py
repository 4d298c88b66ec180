"""What a killed training job resumes from: the state after its last finished epoch."""

import io
import pickle
import shutil
from pathlib import Path

import torch

from core import files
from core.training.training_state import TrainingState

_FILE = "state.pt"


def save(folder: Path, state: TrainingState) -> None:
    """Keep the state; a crash leaves the old file or the new one."""
    folder.mkdir(exist_ok=True)
    # Through memory: on a full disk a plain write fails with a message that says so.
    buffer = io.BytesIO()
    torch.save(state.to_dict(), buffer)
    files.replace(folder / _FILE, buffer.getvalue())


def load(folder: Path) -> TrainingState | None:
    """Return the kept state; None where there is none, or none that can be read."""
    try:
        kept = torch.load(folder / _FILE, map_location="cpu", weights_only=True)
        return TrainingState(**kept)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, TypeError):
        return None


def clear(folder: Path) -> None:
    """Delete the state of a finished job."""
    shutil.rmtree(folder, ignore_errors=True)
