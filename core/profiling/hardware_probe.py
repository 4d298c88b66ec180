"""What is fastest on this machine: number format and memory layout, probed once, then kept."""

import itertools
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.devices import hardware
from core.models import networks, torch_inference
from core.models.inference import InferenceConfig
from core.models.networks import Network
from core.profiling import measurement_cache
from core.settings.config import Hardware, TrainConfig
from core.training import optimization

FILE = "hardware.json"
_EDITION = 4
"""Increase it when steps get faster or the measurement changes: everything is measured again."""
_BATCH = 16
_ROUNDS = 3
_WORTH = 1.25
"""A choice other than fp32, channels last has to be this much faster, so that noise in the
probe does not change a run's numbers."""


def choose(
    config: TrainConfig, cache: Path, *, threads: int = 0, at_once: int | None = None
) -> Hardware:
    """Return the probed choice for a network and size, from the cache folder where it is known.

    `at_once`: most images that a probe may show the network together, where memory is short.
    """
    threads = threads or os.cpu_count() or 1
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if not config.epochs:
        return Hardware(threads=threads, device=device)  # a step of training is what differs
    probed = known(config, cache, threads=threads)
    if probed is not None:
        return probed
    chosen = _probe(config, threads, device, min(_BATCH, at_once or _BATCH))
    # Memory is not always as short as today.
    if at_once is None:
        measurement_cache.keep(cache / FILE, key_of(config, threads), chosen)
    return chosen


def known(config: TrainConfig, cache: Path, *, threads: int) -> Hardware | None:
    """Return the choice that was probed earlier; None where it was not."""
    return measurement_cache.find(cache / FILE, key_of(config, threads), Hardware)


def key_of(config: TrainConfig, threads: int) -> str:
    """Return what a choice is kept under: it holds for this network, size, chip and work."""
    chip = torch.cuda.get_device_name() if torch.cuda.is_available() else hardware.processor()
    work = "look"
    if config.epochs:
        work = "train" if config.pretrained else "train, with BatchNorm"
    parts = (config.backbone, config.image_size, threads, chip, torch.__version__, work, _EDITION)
    return "|".join(map(str, parts))


def _probe(config: TrainConfig, threads: int, device: str, batch: int) -> Hardware:
    """Time steps of training, interleaved, and take the best of the medians."""
    hardware.apply(Hardware(threads=threads, device=device))
    torch.manual_seed(0)
    network = replace(networks.build(config.backbone, 6, "random"), pretrained=config.pretrained)
    shape = (batch, 3, config.image_size, config.image_size)
    seconds: dict[tuple[str, str], list[float]] = {}
    for number in range(_ROUNDS + 1):
        for precision, layout in itertools.product(("fp32", "bf16"), hardware.LAYOUTS):
            hardware.place(network.module, Hardware(threads=threads, device=device, layout=layout))
            step = _step(network, config, shape, precision, layout)
            began = time.perf_counter()
            step()
            if number:
                seconds.setdefault((precision, layout), []).append(time.perf_counter() - began)
    rates = {key: batch / statistics.median(took) for key, took in seconds.items()}
    layout = _better(rates, "contiguous", "channels_last")
    precision = "bf16" if rates["bf16", layout] > _WORTH * rates["fp32", layout] else "fp32"
    if device == "cuda":
        # bf16 also halves the memory of a step.
        precision = "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    # Forward passes are exact everywhere: the dashboard repeats them on the processor.
    chosen = Hardware(threads=threads, precision=precision, layout=layout, device=device)
    hardware.place(network.module, chosen)
    return replace(
        chosen,
        train_rate=round(rates[precision, layout], 2),
        forward_rate=round(_forward_rate(network, config, chosen, batch), 2),
    )


def _better(rates: Mapping[tuple[str, str], float], other: str, usual: str) -> str:
    best = {
        layout: max(rates[precision, layout] for precision in ("fp32", "bf16"))
        for layout in (other, usual)
    }
    return other if best[other] > _WORTH * best[usual] else usual


def _step(
    network: Network, config: TrainConfig, shape: tuple[int, ...], precision: str, layout: str
) -> Callable[[], None]:
    """Return a step of training on a batch; called right after it was made ready."""
    device = hardware.of(network.module)
    pixels = torch.rand(shape).to(device=device, memory_format=hardware.LAYOUTS[layout])

    def train() -> None:
        optimization.set_train_mode(network, config)
        network.module.zero_grad()
        with hardware.half(device, precision):
            loss = networks.logits(network, pixels).float().logsumexp(dim=1).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        _finish(device)

    return train


def _forward_rate(network: Network, config: TrainConfig, chosen: Hardware, batch: int) -> float:
    """Return images per second that are looked at without learning."""
    how = InferenceConfig.of_run(config, chosen, 1)
    embed = torch_inference.embedder(network, how, torch_inference.MANY)
    images = np.zeros((batch, config.image_size, config.image_size, 3), np.uint8)
    took = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        embed(images)
        took.append(time.perf_counter() - began)
    return batch / statistics.median(took[1:])


def _finish(device: torch.device) -> None:
    """Wait until a GPU, which works in the background, is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
