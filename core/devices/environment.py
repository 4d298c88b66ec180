"""What a run's numbers depend on besides its settings: the machine and the packages."""

import os
import platform
from importlib import metadata

from core.devices import hardware

PACKAGES = (
    "ai-mpox",
    "torch",
    "torchvision",
    "timm",
    "numpy",
    "scikit-learn",
    "pillow",
    "opencv-python-headless",
    "safetensors",
)


FIRST_PROCESS = "AI_MPOX_FIRST_PROCESS"
"""Environment variable: the id of the process that started this one to train along."""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that compute; absent ones are left out."""
    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            # A copy that runs from its source, say: torch's version still tells its build.
            continue
    return installed


def machine() -> dict[str, str | int]:
    """Return the names of the processor and of the operating system, and the number of cores."""
    return {
        "processor": hardware.processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
    }
