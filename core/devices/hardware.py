"""The processor or GPU that a job computes on: how it is set up, and what fits into it."""

import ctypes
import os
import platform
from dataclasses import replace
from pathlib import Path

import cv2
import torch
from torch import nn

from core.errors import JobFailed
from core.settings.config import Hardware, TrainConfig

LAYOUTS = {
    "channels_last": torch.channels_last,
    "contiguous": torch.contiguous_format,
}
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Names of glibc's malloc.h."""


def is_there(hardware: Hardware) -> bool:
    """Say whether this machine has the device that a job was begun on."""
    return hardware.device == "cpu" or torch.cuda.is_available()


def processes(config: TrainConfig, hardware: Hardware) -> int:
    """Return how many processes train together. Raises JobFailed for more than there is room."""
    on_gpu = hardware.device == "cuda"
    room = torch.cuda.device_count() if on_gpu else os.cpu_count() or 1
    if config.devices > room:
        kind = "GPU" if on_gpu else "processor core"
        raise JobFailed(
            f"The run asks for {config.devices} devices, and this machine has {room} "
            f"{kind}{'s' * (room != 1)}.",
            title="Too few devices",
            hint="Start a run on fewer devices.",
        )
    if config.devices or not on_gpu:
        return config.devices or 1
    # To learn BatchNorm statistics, each device has to see two images.
    return room if config.pretrained else max(1, min(room, config.batch_size // 2))


def share(hardware: Hardware, size: int) -> Hardware:
    """Return what one of several processes computes with: its part of the processor's threads."""
    return replace(hardware, threads=max(1, hardware.threads // size))


def apply(hardware: Hardware) -> None:
    """Set this process up so that the same job gives the same bytes."""
    torch.set_num_threads(hardware.threads)
    on_gpu = hardware.device == "cuda"
    if on_gpu:
        # Without it cuBLAS may add up in another order every time. Read at its first use.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # A few operations have no repeatable form on a GPU: a network with one of them still trains.
    torch.use_deterministic_algorithms(True, warn_only=on_gpu)
    # It would also write over all memory before its use, for code that reads what it never wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # Images are changed by threads of ours, one image each.
    cv2.setNumThreads(1)
    _keep_memory()


def _keep_memory() -> None:
    """Make glibc keep freed memory for the next step, which needs the same again.

    It would give large tensors back to the system at once, and then wait for cleared pages.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)


def place(module: nn.Module, hardware: Hardware) -> None:
    """Move a network to the device and into the memory layout that its job computes with."""
    module.to(hardware.device).to(memory_format=LAYOUTS[hardware.layout])


def of(module: nn.Module) -> torch.device:
    """Return the device of a network: where its batches have to go."""
    return next(module.parameters()).device


def half(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which a network computes in bf16 where that is its precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def out_of_memory(failure: BaseException) -> bool:
    """Say whether an operation failed for want of memory, of a GPU or of the machine."""
    words = ("out of memory", "can't allocate memory", "std::bad_alloc")
    return isinstance(failure, MemoryError | torch.OutOfMemoryError) or (
        isinstance(failure, RuntimeError) and any(word in str(failure) for word in words)
    )
