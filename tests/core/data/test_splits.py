"""Splits belong to patients."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import splits
from core.data.splits import Placed
from core.types import ClassId, PatientId, Split

images = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30)), min_size=1, max_size=120)


def test_a_common_patient_and_a_join_connect_samples_into_one_group() -> None:
    patients = [(1, PatientId(1)), (2, PatientId(1)), (3, PatientId(2)), (3, PatientId(3))]
    patients += [(4, PatientId(3)), (5, PatientId(4))]
    assert splits.groups(range(1, 7), patients, []) == {1: 1, 2: 1, 3: 3, 4: 3, 5: 5, 6: 6}
    assert splits.groups(range(1, 7), patients, [(5, 2)])[5] == 1


@settings(deadline=None)
@given(images, st.integers(0, 9))
def test_no_group_stands_on_two_sides_and_every_frequent_class_on_three(
    drawn: list[tuple[int, int]], seed: int
) -> None:
    labels = [ClassId(label) for label, _ in drawn]
    groups = [group for _, group in drawn]
    sides = splits.stratified_split(labels, groups, np.random.default_rng(seed))
    by_group: dict[int, set[Split]] = {}
    for group, side in zip(groups, sides, strict=True):
        by_group.setdefault(group, set()).add(side)
    assert all(len(sides) == 1 for sides in by_group.values())
    rare = splits.rare_classes(labels, groups)
    for label, side in zip(labels, sides, strict=True):
        if label in rare:
            assert side is Split.TRAIN


@settings(deadline=None)
@given(images, st.integers(2, 5), st.integers(0, 9))
def test_a_group_is_never_in_two_folds(drawn: list[tuple[int, int]], k: int, seed: int) -> None:
    groups = [group for _, group in drawn]
    labels = [ClassId(label) for label, _ in drawn]
    folds = splits.stratified_folds(labels, groups, k, np.random.default_rng(seed))
    assert all(0 <= fold < k for fold in folds)
    pairs = set(zip(groups, folds, strict=True))
    assert len(pairs) == len(set(groups))


def test_shares_are_kept_where_groups_allow() -> None:
    labels = [ClassId(1)] * 100
    sides = splits.stratified_split(labels, list(range(100)), np.random.default_rng(0))
    assert [sides.count(side) for side in splits.SIDES] == [64, 16, 20]


def test_new_groups_of_a_rare_class_are_pinned_to_train() -> None:
    frequent, rare = ClassId(1), ClassId(2)
    present = [{frequent: 8}, {frequent: 0}]
    content = {10: {rare: 5}, 11: {rare: 1, frequent: 1}, 12: {frequent: 1}, 13: {}}
    assert splits.place_groups(content, present, rare=[rare]) == {
        10: Split.TRAIN,
        11: Split.TRAIN,
        12: Split.VALIDATION,
        13: Split.TRAIN,
    }


def test_a_group_that_comes_to_span_test_stays_there_and_the_rest_is_withheld() -> None:
    base = {1: Split.TEST, 2: Split.TRAIN, 3: Split.VALIDATION, 4: Split.TRAIN}
    together = {1: 1, 2: 1, 3: 3, 4: 3}
    assert splits.settle(base, together) == {
        1: Split.TEST,
        2: Split.WITHHELD,
        3: Split.TRAIN,
        4: Split.TRAIN,
    }


def test_the_leak_check_names_patients_and_files() -> None:
    placed = [
        Placed(file="a.jpg", group=1, patients=frozenset({"P1"}), split=Split.TRAIN),
        Placed(file="b.jpg", group=1, patients=frozenset({"P1"}), split=Split.TEST),
        Placed(file="c.jpg", group=3, patients=frozenset({"P2"}), split=Split.TEST),
    ]
    leaks = splits.leaks(placed)
    assert [(leak.kind, leak.patient, leak.files) for leak in leaks] == [
        ("patient", "P1", ("a.jpg", "b.jpg"))
    ]
