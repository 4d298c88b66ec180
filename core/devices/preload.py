"""The libraries that networks need: loaded by the processes that compute, once each."""

import functools
import importlib
import time

from core.devices import openmp

_SLOW = ("torch", "torchvision", "timm", "sklearn.linear_model", "sklearn.metrics")


@functools.cache
def load() -> float:
    """Load them; return the seconds that it took, the same number at every later call.

    A job spends them before its first image. Zero where they had been loaded already.
    """
    openmp.wait_briefly()
    began = time.perf_counter()
    for name in _SLOW:
        importlib.import_module(name)
    return time.perf_counter() - began
