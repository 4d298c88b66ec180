"""Is there enough of each class: counts, the balancing plan, augmented images, leaks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from core.data import balancing
from core.types import (
    BalanceMethod,
    BalancePlan,
    ClassId,
    ClassInfo,
    ImageId,
    Leak,
    Sample,
    SampleId,
    Split,
    Status,
)
from dashboard.services.splits import split_versions
from storage.samples import classes, samples
from storage.workspace import media
from storage.workspace.folder import Workspace

SHEET_SIDE = 224


@dataclass(frozen=True, kw_only=True)
class BalanceRow:
    """How much there is of a class on one side of the split."""

    class_id: ClassId
    split: Split | None
    images: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Patients, each counted once: one with photographs of two classes counts once."""

    by_class: Mapping[ClassId, int]
    by_split: Mapping[Split | None, int]
    patients: int


@dataclass(frozen=True, kw_only=True)
class BalanceReport:
    """Everything that Balance shows in numbers. Excluded and unlabelled samples do not count."""

    classes: tuple[ClassInfo, ...]
    rows: tuple[BalanceRow, ...]
    totals: Totals
    training: Mapping[ClassId, int]
    """Images that an epoch would show without a plan (everything, before the first split)."""
    plan: BalancePlan
    leaks: tuple[Leak, ...]
    is_split: bool


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """A training image and augmented copies of it."""

    sample: SampleId
    class_id: ClassId
    original: Image.Image
    copies: tuple[Image.Image, ...]


def overview(
    workspace: Workspace, method: BalanceMethod, target: int | None = None
) -> BalanceReport:
    """Count classes, splits and patients, and plan how training makes up for rare classes."""
    with workspace.read() as session:
        infos = classes.all(session)
        counted = [sample for sample in samples.everything(session) if _counts(sample)]
    images: dict[tuple[ClassId, Split | None], int] = defaultdict(int)
    groups: dict[tuple[ClassId, Split | None], set[int]] = defaultdict(set)
    for sample in counted:
        if sample.state.label is not None:
            images[sample.state.label, sample.split] += 1
            groups[sample.state.label, sample.split].add(sample.group)
    is_split = any(sample.split is not None for sample in counted)
    side = Split.TRAIN if is_split else None
    training = {info.id: images.get((info.id, side), 0) for info in infos}
    sides = (*Split, None)
    return BalanceReport(
        classes=tuple(infos),
        rows=tuple(
            BalanceRow(
                class_id=info.id,
                split=split,
                images=images[info.id, split],
                patients=len(groups[info.id, split]),
            )
            for info in infos
            for split in sides
            if (info.id, split) in images
        ),
        totals=_totals(groups),
        training=training,
        plan=balancing.plan(training, method, target),
        leaks=tuple(split_versions.leaks(workspace)),
        is_split=is_split,
    )


def planned(
    report: BalanceReport, method: BalanceMethod, target: int | None = None
) -> BalanceReport:
    """Return the same counts with another plan, without reading anything again."""
    return replace(report, plan=balancing.plan(report.training, method, target))


def _totals(groups: Mapping[tuple[ClassId, Split | None], set[int]]) -> Totals:
    by_class: dict[ClassId, set[int]] = defaultdict(set)
    by_split: dict[Split | None, set[int]] = defaultdict(set)
    for (class_id, split), members in groups.items():
        by_class[class_id] |= members
        by_split[split] |= members
    return Totals(
        by_class={class_id: len(members) for class_id, members in by_class.items()},
        by_split={split: len(members) for split, members in by_split.items()},
        patients=len(set().union(*groups.values())),
    )


def augmented_sheet(
    workspace: Workspace, strength: str, *, copies: int = 4, seed: int = 0
) -> list[SheetRow]:
    """Return, for one training image of each class, the copies that training would see."""
    # Loads torch, which the numbers above do without.
    from core.data import augmentation, randomness

    rng = np.random.default_rng(seed)
    with workspace.read() as session:
        by_class: dict[ClassId, list[Sample]] = defaultdict(list)
        for sample in samples.everything(session):
            if _counts(sample) and sample.split in (Split.TRAIN, None):
                by_class[sample.state.label or ClassId(0)].append(sample)
        chosen = [
            by_class[info.id][int(rng.integers(len(by_class[info.id])))]
            for info in classes.all(session)
            if by_class[info.id]
        ]
    sheet = []
    for sample in chosen:
        whole = _picture(workspace, sample.id)
        original = whole.resize((SHEET_SIDE, SHEET_SIDE), Image.Resampling.BICUBIC)
        made = tuple(
            augmentation.augment(
                original, randomness.generator_for(seed, 1, sample.id, copy), strength
            )
            for copy in range(copies)
        )
        label = sample.state.label or ClassId(0)
        sheet.append(SheetRow(sample=sample.id, class_id=label, original=original, copies=made))
    return sheet


def steps(
    workspace: Workspace, sample: SampleId | None, strength: str, *, size: int = 224, seed: int = 0
) -> list[tuple[str, Image.Image]]:
    """Return one image (default: the first) on its way into the network, with captions."""
    from core.data import augmentation, randomness

    if sample is None:
        with workspace.read() as session:
            first = next((s.id for s in samples.everything(session) if _counts(s)), None)
        if first is None:
            return []
        sample = first
    generator = randomness.generator_for(seed, 1, sample)
    return augmentation.steps(_picture(workspace, sample), size, generator, strength)


def _counts(sample: Sample) -> bool:
    return sample.state.status is not Status.EXCLUDED and sample.state.label is not None


def _picture(workspace: Workspace, sample: SampleId) -> Image.Image:
    with workspace.read() as session:
        file = media.file_of(session, ImageId(sample))
    with Image.open(media.path(workspace, file or "")) as stored:
        return stored.convert("RGB")
