"""Samples -> batches: which training picture is shown when, and how it is changed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.data import augmentation, mixup
from core.data.mixup import Chances, Mix
from core.devices.process_group import ALONE, Team
from core.imaging import views
from core.settings.config import TrainConfig
from core.types import BalanceMethod, BalancePlan, ClassId, FloatArray, IntArray, SampleId

_WORKERS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Threads that prepare batches. One keeps up with two cores that train, and leaves them to it."""
AHEAD = _WORKERS + 1
"""Batches that are prepared before they are asked for."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Labelled pictures in memory (or mapped from the cache)."""

    ids: tuple[SampleId, ...]
    labels: IntArray
    """(N,) columns"""
    stored: tuple[views.Pixels, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class Showing:
    """One appearance of one training picture in one epoch."""

    index: int
    copy: int
    """0 for the picture's first appearance, 1, 2, ... for further ones."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How training pictures are shown."""

    plan: BalancePlan
    classes: tuple[ClassId, ...]
    """In column order."""
    strength: str
    size: int
    batch: int
    seed: int
    chances: Chances = field(default_factory=Chances)
    """Of patches, blends and holes."""
    statistics: bool = True
    """Whether the network learns BatchNorm statistics: each device has to see two pictures."""


def recipe(config: TrainConfig, classes: Sequence[ClassId], labels: IntArray) -> Recipe:
    """Return how a run shows training pictures with these labels (columns)."""
    plan = augmentation.plan(counts(labels, classes), config.balance, config.balance_target)
    return Recipe(
        plan=plan,
        classes=tuple(classes),
        strength=config.augmentation,
        size=config.image_size,
        batch=config.batch_size,
        seed=config.seed,
        chances=Chances(patch=config.cutmix, blend=config.mixup, hole=config.erasing),
        statistics=not config.pretrained,
    )


def counts(labels: IntArray, classes: Sequence[ClassId]) -> Mapping[ClassId, int]:
    """Return how many of the labels each class has."""
    found = np.bincount(labels, minlength=len(classes))
    return {class_id: int(found[column]) for column, class_id in enumerate(classes)}


def epoch_order(labels: IntArray, recipe: Recipe, epoch: int) -> list[Showing]:
    """Return what an epoch shows: each class as often as the plan says, well mixed.

    Every picture of a class appears once before any appears twice; the remainder is drawn anew
    in every epoch.
    """
    rng = np.random.default_rng([recipe.seed, epoch])
    showings: list[Showing] = []
    for column, class_id in enumerate(recipe.classes):
        own = np.flatnonzero(labels == column)
        if not len(own):
            continue
        wanted = recipe.plan.target[class_id]
        whole, rest = divmod(wanted, len(own))
        showings += [Showing(index=int(i), copy=copy) for copy in range(whole) for i in own]
        showings += [Showing(index=int(i), copy=whole) for i in rng.permutation(own)[:rest]]
    return [showings[i] for i in rng.permutation(len(showings))]


def showings(labels: IntArray, recipe: Recipe) -> int:
    """Return how many pictures an epoch shows."""
    return len(epoch_order(labels, recipe, 0))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one training step sees."""

    pixels: views.Pixels
    """(N, size, size, 3): this device's share"""
    targets: FloatArray
    """(N, K): how much of each class is shown; rows sum to one"""
    whole: FloatArray
    """(M, K): those of the whole batch, on all devices"""


def training_batches(
    examples: Examples, recipe: Recipe, epoch: int, team: Team = ALONE
) -> Iterator[Batch]:
    """Yield an epoch of changed training pictures, prepared a few batches ahead.

    A last batch that is too small for BatchNorm to learn from is left out.
    """
    order = epoch_order(examples.labels, recipe, epoch)
    parts = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
    if len(parts) > 1 and len(parts[-1]) < 2 * (team.size if recipe.statistics else 1):
        parts.pop()

    def prepare(part: Sequence[Showing]) -> Batch:
        own = team.deal(part)
        shown = [show(examples, one, recipe, epoch) for one in own]
        return Batch(
            pixels=np.stack(shown) if own else np.zeros((0, recipe.size, recipe.size, 3), np.uint8),
            targets=targets(examples, own, recipe, epoch),
            whole=targets(examples, part, recipe, epoch),
        )

    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        coming: list[Future[Batch]] = [pool.submit(prepare, part) for part in parts[:AHEAD]]
        for number in range(len(parts)):
            if number + AHEAD < len(parts):
                coming.append(pool.submit(prepare, parts[number + AHEAD]))
            yield coming.pop(0).result()


def show(examples: Examples, showing: Showing, recipe: Recipe, epoch: int) -> npt.NDArray[np.uint8]:
    """Return one training picture as an epoch shows it: (size, size, 3).

    The change hangs on seed, epoch, sample and copy alone, not on the order or on threads.
    """
    shown = _changed(examples, showing, recipe, epoch, "")
    mix = _mix(examples, showing, recipe, epoch)
    if mix is not None:
        partner = Showing(index=mix.partner, copy=showing.copy)
        own = examples.ids[showing.index]
        shown = mixup.apply(shown, _changed(examples, partner, recipe, epoch, f" in {own}"), mix)
    if recipe.chances.hole:
        shown = mixup.hole(shown, _rng(examples, showing, recipe, epoch, " hole"), recipe.chances)
    return shown


def targets(examples: Examples, shown: Sequence[Showing], recipe: Recipe, epoch: int) -> FloatArray:
    """Return how much of each class is in the pictures as an epoch shows them: (N, K)."""
    found = np.zeros((len(shown), len(recipe.classes)))
    for row, showing in enumerate(shown):
        mix = _mix(examples, showing, recipe, epoch)
        share = 1.0 if mix is None else mix.share
        found[row, examples.labels[showing.index]] = share
        if mix is not None:
            found[row, examples.labels[mix.partner]] += 1 - share
    return found


def _mix(examples: Examples, showing: Showing, recipe: Recipe, epoch: int) -> Mix | None:
    chances = recipe.chances
    if not chances.patch + chances.blend:
        return None
    rng = _rng(examples, showing, recipe, epoch, " mix")
    return mixup.draw(rng, chances, len(examples), recipe.size)


def _rng(
    examples: Examples, showing: Showing, recipe: Recipe, epoch: int, purpose: str
) -> np.random.Generator:
    sample = f"{examples.ids[showing.index]}{purpose}"
    return augmentation.rng_for(recipe.seed, epoch, sample, showing.copy)


def _changed(
    examples: Examples, showing: Showing, recipe: Recipe, epoch: int, purpose: str
) -> npt.NDArray[np.uint8]:
    stored = examples.stored[showing.index]
    strength = recipe.strength
    if showing.copy and recipe.plan.method is BalanceMethod.AUGMENTATION and strength == "none":
        # Copies that balance the classes are never plain repetitions.
        strength = "light"
    if strength == "none":
        return views.whole(stored, recipe.size)
    rng = _rng(examples, showing, recipe, epoch, purpose)
    return augmentation.apply(
        stored, (recipe.size, recipe.size), rng, augmentation.STRENGTHS[strength]
    )
