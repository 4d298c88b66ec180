"""What is fastest on this machine: number format and memory layout, probed once, then kept."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from core import files, model
from core.config import Hardware, TrainConfig

_FILE = "hardware.json"
_BATCH = 16
_ROUNDS = 3
_WORTH = 1.25
"""A choice other than fp32, channels last has to be this much faster, so that noise in the
probe does not change a run's numbers."""


def choose(config: TrainConfig, cache: Path, *, threads: int = 0) -> Hardware:
    """Return the probed choice for a network and size, from the cache folder where it is known."""
    threads = threads or os.cpu_count() or 1
    probed = known(config, cache, threads=threads)
    if probed is not None:
        return probed
    path, key = cache / _FILE, _key(config, threads)
    chosen = _probe(config, threads)
    cache.mkdir(parents=True, exist_ok=True)
    files.replace(path, json.dumps({**_read(path), key: asdict(chosen)}, indent=1).encode())
    return chosen


def known(config: TrainConfig, cache: Path, *, threads: int) -> Hardware | None:
    """Return the choice that was probed earlier; None where it was not."""
    found = _read(cache / _FILE).get(_key(config, threads))
    return None if found is None else Hardware(**found)


def _key(config: TrainConfig, threads: int) -> str:
    """Return what a choice holds for: this network, size and processor."""
    return "|".join(
        (config.backbone, str(config.image_size), str(threads), processor(), torch.__version__)
    )


def apply(hardware: Hardware) -> None:
    """Set this process up so that the same job gives the same bytes."""
    torch.set_num_threads(hardware.threads)
    torch.use_deterministic_algorithms(True)


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _probe(config: TrainConfig, threads: int) -> Hardware:
    """Time training steps and forward passes, interleaved, and take the best of the medians."""
    apply(Hardware(threads=threads))
    torch.manual_seed(0)
    module = model.build(config.backbone, 6, "random").module
    size = config.image_size
    ways = {
        (precision, layout): _steps(module, size, precision, layout)
        for precision in ("fp32", "bf16")
        for layout in ("channels_last", "contiguous")
    }
    seconds: dict[tuple[str, str, str], list[float]] = {}
    for number in range(_ROUNDS + 1):
        for (precision, layout), actions in ways.items():
            for what, action in actions.items():
                began = time.perf_counter()
                action()
                if number:
                    took = time.perf_counter() - began
                    seconds.setdefault((what, precision, layout), []).append(took)
    rates = {key: _BATCH / statistics.median(took) for key, took in seconds.items()}
    layout = _better(rates, "contiguous", "channels_last")
    train = _faster(rates, "train", layout)
    forward = _faster(rates, "forward", layout)
    return Hardware(
        threads=threads,
        precision=train,
        forward_precision=forward,
        layout=layout,
        train_rate=round(rates["train", train, layout], 2),
        forward_rate=round(rates["forward", forward, layout], 2),
    )


def _better(rates: dict[tuple[str, str, str], float], other: str, usual: str) -> str:
    best = {
        layout: max(rates["train", precision, layout] for precision in ("fp32", "bf16"))
        for layout in (other, usual)
    }
    return other if best[other] > _WORTH * best[usual] else usual


def _faster(rates: dict[tuple[str, str, str], float], what: str, layout: str) -> str:
    gain = rates[what, "bf16", layout] / rates[what, "fp32", layout]
    return "bf16" if gain > _WORTH else "fp32"


def _steps(
    module: torch.nn.Module, size: int, precision: str, layout: str
) -> dict[str, Callable[[], None]]:
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    pixels = torch.rand(_BATCH, 3, size, size).to(memory_format=memory)
    half = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")

    def train() -> None:
        module.to(memory_format=memory).eval().zero_grad()
        with half:
            loss = module(pixels).float().logsumexp(dim=1).mean()
        loss.backward()

    def forward() -> None:
        with torch.inference_mode(), half:
            module(pixels)

    return {"train": train, "forward": forward}
