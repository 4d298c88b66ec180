"""Samples -> batches: which training image is used when, and how it is augmented."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torchvision.transforms import v2

from core.data import augmentation, balancing, mixup, randomness
from core.data.mixup import Mixing
from core.devices import prefetch
from core.devices.process_group import SINGLE_PROCESS, ProcessGroup
from core.imaging.squares import Pixels
from core.settings.config import TrainConfig
from core.types import BalanceMethod, BalancePlan, ClassId, FloatArray, IntArray, SampleId

_WORKERS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Threads that prepare batches. One keeps up with two cores that train, and leaves them to it."""
PREFETCH = _WORKERS + 1
"""Batches that are prepared ahead of the training step."""


@dataclass(frozen=True, kw_only=True)
class LabelledImages:
    """N labelled images in memory (or mapped from the cache)."""

    ids: tuple[SampleId, ...]
    labels: IntArray
    """(N,) columns"""
    stored: tuple[Pixels, ...]
    """N squares, (side, side, 3) each"""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class EpochItem:
    """One appearance of one training image in one epoch."""

    index: int
    repeat: int
    """0 for the image's first appearance, 1, 2, ... for further ones."""


@dataclass(frozen=True, kw_only=True)
class LoaderConfig:
    """How training images are sampled, augmented and batched."""

    plan: BalancePlan
    classes: tuple[ClassId, ...]
    """In column order."""
    size: int
    """Side of the network's input in pixels."""
    batch_size: int
    seed: int
    transform: v2.Transform
    """From a stored square to a training image."""
    repeat_transform: v2.Transform
    """The same for further appearances of an image in an epoch."""
    mixing: Mixing | None = None
    """CutMix and mixup."""
    batchnorm_trains: bool = True
    """Whether BatchNorm learns its statistics: then each process needs two images of a batch."""


def loader_config(
    config: TrainConfig, classes: Sequence[ClassId], labels: IntArray
) -> LoaderConfig:
    """Return how a run samples and augments training images with these labels (columns)."""
    plan = balancing.plan(class_counts(labels, classes), config.balance, config.balance_target)
    size, repeated = config.image_size, config.augmentation
    if plan.method is BalanceMethod.AUGMENTATION and repeated == "none":
        # Copies that balance the classes are never plain repetitions.
        repeated = "light"
    return LoaderConfig(
        plan=plan,
        classes=tuple(classes),
        size=size,
        batch_size=config.batch_size,
        seed=config.seed,
        transform=augmentation.training_transform(
            config.augmentation, config.image_size, config.erasing
        ),
        repeat_transform=augmentation.training_transform(
            repeated, config.image_size, config.erasing
        ),
        mixing=mixup.mixing(config.cutmix, config.mixup),
        batchnorm_trains=not config.pretrained,
    )


def class_counts(labels: IntArray, classes: Sequence[ClassId]) -> Mapping[ClassId, int]:
    """Return how many of the labels (columns) each class has."""
    counts = np.bincount(labels, minlength=len(classes))
    return {class_id: int(counts[column]) for column, class_id in enumerate(classes)}


def epoch_items(labels: IntArray, config: LoaderConfig, epoch: int) -> list[EpochItem]:
    """Return an epoch's images in order: each class as often as the plan says, shuffled.

    Every image of a class appears once before any appears twice; the remainder is drawn again in
    every epoch.
    """
    rng = np.random.default_rng([config.seed, epoch])
    items: list[EpochItem] = []
    for column, class_id in enumerate(config.classes):
        own = np.flatnonzero(labels == column)
        if not len(own):
            continue
        whole, rest = divmod(config.plan.target[class_id], len(own))
        items += [EpochItem(index=int(i), repeat=repeat) for repeat in range(whole) for i in own]
        items += [EpochItem(index=int(i), repeat=whole) for i in rng.permutation(own)[:rest]]
    return [items[i] for i in rng.permutation(len(items))]


def images_per_epoch(labels: IntArray, config: LoaderConfig) -> int:
    """Return how many images an epoch has."""
    return len(epoch_items(labels, config, 0))


def _parts(
    items: Sequence[EpochItem], config: LoaderConfig, processes: int
) -> list[Sequence[EpochItem]]:
    """Return the items of each batch; a last one too small for BatchNorm to learn is left out."""
    size = config.batch_size
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    if len(parts) > 1 and len(parts[-1]) < 2 * (processes if config.batchnorm_trains else 1):
        parts.pop()
    return parts


def batches_per_epoch(
    labels: IntArray, config: LoaderConfig, group: ProcessGroup = SINGLE_PROCESS
) -> int:
    """Return how many batches `training_batches` yields."""
    return len(_parts(epoch_items(labels, config, 0), config, group.size))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one training step learns from."""

    pixels: Pixels
    """(N, size, size, 3) uint8: this process's share"""
    targets: FloatArray
    """(N, K): share of each class; rows sum to one"""
    all_targets: FloatArray
    """(M, K): those of the whole batch, in all processes"""


def training_batches(
    images: LabelledImages,
    config: LoaderConfig,
    epoch: int,
    group: ProcessGroup = SINGLE_PROCESS,
) -> Iterator[Batch]:
    """Yield an epoch of augmented training images, prepared a few batches ahead.

    A last batch that is too small for BatchNorm to learn from is left out.
    """
    parts = _parts(epoch_items(images.labels, config, epoch), config, group.size)

    def prepare(items: Sequence[EpochItem]) -> Batch:
        made = [training_image(images, item, config, epoch) for item in group.shard(items)]
        empty = np.zeros((0, config.size, config.size, 3), np.uint8)
        all_targets = targets(images, items, config, epoch)
        return Batch(
            pixels=np.stack(made) if made else empty,
            targets=group.shard(all_targets),
            all_targets=all_targets,
        )

    yield from prefetch.in_order(
        prepare, parts, workers=_WORKERS, depth=PREFETCH, begin=_one_thread_each
    )


def _one_thread_each() -> None:
    """More threads of torch in a worker would compete with the training step."""
    torch.set_num_threads(1)


def training_image(
    images: LabelledImages, item: EpochItem, config: LoaderConfig, epoch: int
) -> Pixels:
    """Return one training image of an epoch, (size, size, 3).

    It depends on seed, epoch, sample and repeat alone, not on the order, the batch or the thread.
    """
    pixels = _augmented(images, item, config, epoch)
    if config.mixing is None:
        return pixels
    with randomness.drawing_from(_generator(images, item, config, epoch, " mix")):
        partner = config.mixing.partner(len(images))
        if partner is None:
            return pixels
        purpose = f" in {images.ids[item.index]}"
        other = EpochItem(index=partner, repeat=item.repeat)
        return mixup.mix(
            config.mixing.transform,
            pixels,
            _augmented(images, other, config, epoch, purpose),
            _one_hot(images, (item.index, partner), config),
        )


def targets(
    images: LabelledImages, items: Sequence[EpochItem], config: LoaderConfig, epoch: int
) -> FloatArray:
    """Return the share of each class in the training images of an epoch: (N, K)."""
    rows = _one_hot(images, [item.index for item in items], config)
    if config.mixing is None:
        return rows
    for row, item in enumerate(items):
        with randomness.drawing_from(_generator(images, item, config, epoch, " mix")):
            partner = config.mixing.partner(len(images))
            if partner is not None:
                pair = _one_hot(images, (item.index, partner), config)
                rows[row] = mixup.mixed_target(config.mixing.transform, config.size, pair)
    return rows


def _one_hot(images: LabelledImages, indices: Sequence[int], config: LoaderConfig) -> FloatArray:
    return np.eye(len(config.classes))[images.labels[list(indices)]]


def _augmented(
    images: LabelledImages, item: EpochItem, config: LoaderConfig, epoch: int, purpose: str = ""
) -> Pixels:
    generator = _generator(images, item, config, epoch, purpose)
    transform = config.repeat_transform if item.repeat else config.transform
    return augmentation.apply(transform, images.stored[item.index], generator)


def _generator(
    images: LabelledImages, item: EpochItem, config: LoaderConfig, epoch: int, purpose: str
) -> torch.Generator:
    sample = f"{images.ids[item.index]}{purpose}"
    return randomness.generator_for(config.seed, epoch, sample, item.repeat)
