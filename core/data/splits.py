"""Patients into splits and folds, and the check that nothing stands on two sides."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.types import ClassId, Leak, PatientId, Split

SIDES = (Split.TRAIN, Split.VALIDATION, Split.TEST)
SHARES = (0.64, 0.16, 0.20)
"""80/20 train/test, then 80/20 train/validation of the rest."""
TRAIN_SHARES = (0.8, 0.2)
"""Train and validation, for groups that come after the test set was fixed."""
MIN_GROUPS = 3
"""A class with fewer groups stays in train: it cannot stand on all three sides."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A sample as the leak check sees it."""

    file: str
    group: int
    patients: frozenset[str]
    """Names of all patients that its sources name."""
    split: Split | None


def groups(
    numbers: Iterable[int],
    patients: Iterable[tuple[int, PatientId]],
    links: Iterable[tuple[int, int]],
) -> dict[int, int]:
    """Return sample number -> smallest sample number that is connected with it.

    Samples are connected by a common patient (one sample may name several) and by links.
    """
    parent = {number: number for number in numbers}

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def connect(first: int, second: int) -> None:
        low, high = sorted((root(first), root(second)))
        parent[high] = low

    first_of: dict[PatientId, int] = {}
    for number, patient in patients:
        connect(first_of.setdefault(patient, number), number)
    for first, second in links:
        connect(first, second)
    return {number: root(number) for number in parent}


def rare_classes(labels: Sequence[ClassId | None], group_of: Sequence[int]) -> dict[ClassId, int]:
    """Return classes with fewer than MIN_GROUPS groups, and how many groups they have."""
    members: dict[ClassId, set[int]] = defaultdict(set)
    for label, group in zip(labels, group_of, strict=True):
        if label is not None:
            members[label].add(group)
    return {
        label: len(class_groups)
        for label, class_groups in members.items()
        if len(class_groups) < MIN_GROUPS
    }


def stratified_split(
    labels: Sequence[ClassId | None], group_of: Sequence[int], rng: np.random.Generator
) -> list[Split]:
    """Split samples 64/16/20 by group, every class in the same shares as far as groups allow.

    A class with at least three groups stands on every side; groups that contain a rarer class,
    or no label at all, stay in train.
    """
    content = _content(labels, group_of)
    rare = rare_classes(labels, group_of)
    free = {
        group: counts
        for group, counts in content.items()
        if counts and not any(label in rare for label in counts)
    }
    pinned = {group: 0 for group in content if group not in free}
    side = distribute(free, SHARES, rng) | pinned
    return [SIDES[side[group]] for group in group_of]


def stratified_folds(
    labels: Sequence[ClassId | None], group_of: Sequence[int], k: int, rng: np.random.Generator
) -> list[int]:
    """Deal samples into folds 0 .. k-1 by group, every class evenly as far as groups allow."""
    side = distribute(_content(labels, group_of), (1 / k,) * k, rng)
    return [side[group] for group in group_of]


def place_groups(
    content: Mapping[int, Mapping[ClassId, int]],
    present: Sequence[Mapping[ClassId, int]],
    rare: Collection[ClassId] = (),
) -> dict[int, Split]:
    """Place new groups (group -> class -> images) in train or validation, never in test.

    `present` holds the images per class that train and validation have already. Groups without
    a label, and those that contain a rare class, go to train.
    """
    labelled = {
        group: counts
        for group, counts in content.items()
        if counts and not any(label in rare for label in counts)
    }
    rng = np.random.default_rng(0)  # Only breaks ties, so that the answer depends on input alone.
    side = distribute(labelled, TRAIN_SHARES, rng, present=present)
    return {group: SIDES[side.get(group, 0)] for group in content}


def distribute(
    content: Mapping[int, Mapping[ClassId, int]],
    shares: Sequence[float],
    rng: np.random.Generator,
    *,
    present: Sequence[Mapping[ClassId, int]] | None = None,
) -> dict[int, int]:
    """Deal groups (group -> class -> images) to sides so that each class keeps the shares.

    Classes with the fewest groups come first, in each class the largest groups. A group goes to
    the side that lacks most images of its class; when only as many groups are left as sides
    without the class, each of those sides gets one. `present` is what the sides hold already.
    """
    have = [Counter(dict(side)) for side in present] if present else [Counter() for _ in shares]
    members: dict[ClassId, list[int]] = defaultdict(list)
    for group in rng.permutation(sorted(content)).tolist():
        for label in content[group]:
            members[label].append(group)
    goal = {
        label: sum(side[label] for side in have) + sum(content[g][label] for g in class_groups)
        for label, class_groups in members.items()
    }
    side_of: dict[int, int] = {}
    for label in sorted(members, key=lambda label: (len(members[label]), label)):
        left = [group for group in members[label] if group not in side_of]
        left.sort(key=lambda group: -content[group][label])
        while left:
            group = left.pop(0)
            lack = [
                share * goal[label] - held[label] for share, held in zip(shares, have, strict=True)
            ]
            empty = [side for side, held in enumerate(have) if not held[label]]
            choice = empty if empty and len(left) < len(empty) else range(len(shares))
            side_of[group] = max(choice, key=lambda side: lack[side])
            have[side_of[group]].update(content[group])
    for group in content:
        side_of.setdefault(group, 0)
    return side_of


def settle(base: Mapping[int, Split], group_of: Mapping[int, int]) -> dict[int, Split]:
    """Return where samples stand now, given where they were put and how groups are now.

    A group that has come to span test and another side: test stays, the others are withheld.
    One that spans train and validation goes to train, which has been seen in training anyway.
    """
    sides: dict[int, set[Split]] = defaultdict(set)
    for number, split in base.items():
        sides[group_of[number]].add(split)
    now = {}
    for number, split in base.items():
        group_sides = sides[group_of[number]]
        if len(group_sides) == 1 or split is Split.TEST:
            now[number] = split
        else:
            now[number] = Split.WITHHELD if Split.TEST in group_sides else Split.TRAIN
    return now


def leaks(samples: Iterable[Placed]) -> list[Leak]:
    """Return patients, or groups connected by identical or joined images, on several sides."""
    by_group: dict[int, list[Placed]] = defaultdict(list)
    for sample in samples:
        if sample.split in SIDES:
            by_group[sample.group].append(sample)
    leaked: list[Leak] = []
    for members in by_group.values():
        if len({member.split for member in members}) < 2:
            continue
        names = sorted({name for member in members for name in member.patients})
        spanning = [name for name in names if _spans(members, name)]
        for name in spanning:
            files = tuple(member.file for member in members if name in member.patients)
            leaked.append(Leak(kind="patient", patient=name, files=files))
        if not spanning:
            files = tuple(member.file for member in members)
            leaked.append(Leak(kind="bytes", patient=" + ".join(names), files=files))
    return leaked


def _spans(members: Sequence[Placed], name: str) -> bool:
    return len({member.split for member in members if name in member.patients}) > 1


def _content(
    labels: Sequence[ClassId | None], group_of: Sequence[int]
) -> dict[int, Counter[ClassId]]:
    content: dict[int, Counter[ClassId]] = defaultdict(Counter)
    for label, group in zip(labels, group_of, strict=True):
        content[group].update([] if label is None else [label])
    return dict(content)
