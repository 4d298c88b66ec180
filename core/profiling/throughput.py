"""How fast this machine trains, looks and reads: a few real steps, measured once, then kept."""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.data import batches, protocol_copies
from core.data.batches import LabelledImages
from core.devices import hardware, preload
from core.devices.process_group import SINGLE_PROCESS
from core.imaging import pixel_cache
from core.imaging.squares import Pixels
from core.models import (
    feature_store,
    inference,
    linear_head,
    network_stages,
    networks,
    torch_inference,
)
from core.models.inference import InferenceConfig
from core.models.linear_head import ProbeData
from core.models.networks import Network
from core.profiling import estimate, hardware_probe, measurement_cache
from core.profiling.estimate import Estimate, Speeds
from core.settings.config import Hardware, TrainConfig
from core.training import ema, optimization
from core.training.step import TrainStep
from core.types import BalanceMethod, ClassId, JobSample, SampleId

_FILE = "speeds.json"
_CLASSES = 6
_IMAGES = 8
"""Photographs that are read for a measurement."""
_BATCHES = 3
"""Batches that are timed, after a first one that warms up."""
_LARGEST_BATCH = 16
"""A larger one takes longer to measure and is hardly faster."""
_HEAD_ROWS = 256


def choose(
    config: TrainConfig,
    samples: Sequence[JobSample],
    workspace: Path,
    machine: Hardware,
    at_once: int | None = None,
) -> Speeds:
    """Return the speeds of a run's settings on its photographs, from the cache where known.

    `at_once`: most images that a measured step may learn from, where memory is short.

    Raises what `model.build` raises.
    """
    speeds = known(config, workspace / "cache", threads=machine.threads)
    if speeds is not None:
        return speeds
    largest = min(_LARGEST_BATCH, at_once or _LARGEST_BATCH)
    measured = _measured(config, samples, workspace, machine, largest)
    # Memory is not always as short as today.
    if at_once is None:
        key = _key(config, machine.threads)
        measurement_cache.keep(workspace / "cache" / _FILE, key, measured)
    return measured


def expected(
    config: TrainConfig,
    samples: Sequence[JobSample],
    workspace: Path,
    machine: Hardware,
    at_once: int | None = None,
) -> Estimate | None:
    """Return how long a job takes here, measuring first what is not known.

    None for a job without epochs whose speeds are not known: a measurement would take as long.
    """
    measured = known(config, workspace / "cache", threads=machine.threads)
    if measured is None and config.epochs:
        measured = choose(config, samples, workspace, machine, at_once)
    return None if measured is None else remaining(config, samples, workspace, measured)


def remaining(
    config: TrainConfig, samples: Sequence[JobSample], workspace: Path, speeds: Speeds
) -> Estimate:
    """Return how long a job takes at these speeds, with what the workspace has kept already."""
    unread = pixel_cache.unread(protocol_copies.photographs(samples), workspace, config.stored_size)
    embedded = 0
    if config.pretrained and not config.recipe:
        look = feature_store.of_run(config)
        embedded = feature_store.kept(workspace / "cache", look, [s.id for s in samples])
    return estimate.estimate(config, estimate.workload(samples, unread, embedded), speeds)


def known(config: TrainConfig, cache: Path, *, threads: int) -> Speeds | None:
    """Return what was measured earlier; None where it was not."""
    return measurement_cache.find(cache / _FILE, _key(config, threads), Speeds)


def _key(config: TrainConfig, threads: int) -> str:
    """Return what speeds are kept under: all settings that decide them."""
    return "|".join((hardware_probe.key_of(config, threads), *map(str, config.pace)))


def _measured(
    config: TrainConfig,
    samples: Sequence[JobSample],
    workspace: Path,
    machine: Hardware,
    largest: int,
) -> Speeds:
    hardware.apply(machine)
    began = time.perf_counter()
    torch.manual_seed(0)
    network = _network(config)
    hardware.place(network.module, machine)
    start = preload.load() + time.perf_counter() - began
    images, read_rate = _read(config, samples, workspace)
    # A head is fitted while the weights are still the initial ones; training changes them.
    forward_rate, compile_seconds = _looking(network, images, config, machine)
    head_rate = _fitting(network_stages.classifier(network.module).in_features)
    return Speeds(
        train_rate=(
            _training(network, images, config, machine, largest) if config.epochs else None
        ),
        forward_rate=round(forward_rate, 2),
        read_rate=round(read_rate, 2),
        head_rate=round(head_rate, 2),
        start_seconds=round(start, 3),
        compile_seconds=round(compile_seconds, 3),
    )


def _network(config: TrainConfig) -> Network:
    """Return the network of the settings, or one just as fast where its weights are on a hub.

    A measurement is made before anybody has pressed anything: nothing may be fetched for it.
    """
    init = "random" if config.init == "imagenet" else config.init
    network = networks.build(config.backbone, _CLASSES, init, taps=config.intermediate_blocks)
    return replace(network, pretrained=config.pretrained)


def _read(
    config: TrainConfig, samples: Sequence[JobSample], workspace: Path
) -> tuple[list[Pixels], float]:
    """Return some decoded photographs, evenly chosen, and how many are decoded per second."""
    step = max(1, len(samples) // _IMAGES)
    chosen = samples[::step][:_IMAGES]
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        coming = [
            pool.submit(pixel_cache.decode, workspace / sample.path, config.stored_size)
            for sample in chosen
        ]
        decoded = [future.result() for future in coming]
    rate = max(1, len(chosen)) / (time.perf_counter() - began)
    # The job itself says which ones are missing; their speed is that of any other image.
    empty = np.zeros((config.stored_size, config.stored_size, 3), np.uint8)
    return [image for image in decoded if image is not None] or [empty], rate


def _repeated(images: Sequence[Pixels], count: int) -> tuple[Pixels, ...]:
    return tuple(itertools.islice(itertools.cycle(images), count))


def _looking(
    network: Network, images: Sequence[Pixels], config: TrainConfig, machine: Hardware
) -> tuple[float, float]:
    """Return views per second, and the seconds until many can be looked at."""
    how = InferenceConfig.of_run(config, machine, config.tta_views)
    began = time.perf_counter()
    embed = torch_inference.embedder(network, how, torch_inference.MANY)
    ready = time.perf_counter() - began
    at_once = how.images_per_batch
    moments: list[float] = []
    inference.run(
        embed,
        torch_inference.head(network),
        _repeated(images, at_once * (_BATCHES + 1)),
        how,
        lambda done: moments.append(time.perf_counter()),
    )
    return at_once * config.tta_views / _fastest(moments), ready


def _fitting(width: int) -> float:
    rng = np.random.default_rng(0)
    labels = np.arange(_HEAD_ROWS) % _CLASSES
    # Classes apart in a few directions and much alike otherwise, as embeddings are.
    common = rng.normal(size=(_HEAD_ROWS, 32)) + np.eye(_CLASSES, 32)[labels]
    embeddings = common @ rng.normal(size=(32, width)) + rng.normal(size=(_HEAD_ROWS, width))
    rows = ProbeData(
        embeddings=embeddings[:, None].astype(np.float32),
        labels=labels,
        weights=np.ones(_HEAD_ROWS),
    )
    return _HEAD_ROWS / _seconds(lambda: linear_head.fit(rows, _CLASSES))


def _training(
    network: Network,
    images: Sequence[Pixels],
    config: TrainConfig,
    machine: Hardware,
    largest: int,
) -> float:
    """Return images per second of real steps: changed images, loss, gradients, optimizer."""
    batch = min(config.batch_size, largest)
    # Those that lie ready when the clock starts say nothing of how fast images are changed.
    count = batch * (batches.PREFETCH + _BATCHES + 1)
    labels = np.arange(count) % _CLASSES
    labelled = LabelledImages(
        ids=tuple(SampleId(str(number)) for number in range(count)),
        labels=labels,
        stored=_repeated(images, count),
    )
    classes = tuple(ClassId(number) for number in range(_CLASSES))
    shown = config.changed(batch_size=batch, balance=BalanceMethod.NONE, balance_target=None)
    optimizer = optimization.create_optimizer(network.module, config)
    step = TrainStep(network, optimizer, machine, SINGLE_PROCESS, lambda sentence: None)
    if config.ema_epochs:
        step.ema = ema.create_ema(network.module, config.ema_epochs * count / batch)
    optimization.set_train_mode(network, config)
    moments = []
    loader = batches.loader_config(shown, classes, labels)
    for prepared in batches.training_batches(labelled, loader, 1):
        step(prepared, np.ones(_CLASSES), config.label_smoothing)
        moments.append(time.perf_counter())
    return round(batch / _fastest(moments[batches.PREFETCH :]), 2)


def _fastest(moments: Sequence[float]) -> float:
    """Return the shortest time between two moments.

    What else this machine does meanwhile makes batches slower, never faster, and a measurement
    is kept for long.
    """
    return min(later - earlier for earlier, later in itertools.pairwise(moments))


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
