"""Agreement beyond chance: numbers from textbooks and by hand."""

import numpy as np
import pytest

from core.evaluation import agreement


def test_cohens_kappa_of_a_table_worked_out_by_hand() -> None:
    # 50 samples: both yes 20, both no 15, only the first yes 5, only the second yes 10.
    # Observed 35/50 = .7; chance .5 x .6 + .5 x .4 = .5; kappa = .2 / .5 = .4
    first = [1] * 20 + [0] * 15 + [1] * 5 + [0] * 10
    second = [1] * 20 + [0] * 15 + [0] * 5 + [1] * 10
    kappa = agreement.cohen(first, second, range(50))
    assert kappa.value == pytest.approx(0.4)
    assert kappa.observed == pytest.approx(0.7)
    assert (kappa.samples, kappa.groups) == (50, 50)
    assert kappa.low is not None and kappa.high is not None
    assert kappa.low < 0.4 < kappa.high
    # The large-sample standard error is about .129: plus and minus 1.96 of it.
    assert kappa.high - kappa.low == pytest.approx(2 * 1.96 * 0.129, abs=0.08)


def test_readers_who_always_agree_reach_one_and_who_never_do_fall_below_nought() -> None:
    assert agreement.cohen([0, 1, 2, 0], [0, 1, 2, 0], range(4)).value == pytest.approx(1.0)
    # Clopper-Pearson for 4 of 4: .025^(1/4) = .398; chance 1/4 + 1/16 + 1/16 = .375.
    always = agreement.cohen([0, 1, 2, 0], [0, 1, 2, 0], range(4))
    assert (always.low, always.high) == pytest.approx((0.0364, 1.0), abs=0.001)
    # Observed 0; chance .5 x .5 + .5 x .5 = .5; kappa = -.5 / .5 = -1
    assert agreement.cohen([0, 1], [1, 0], range(2)).value == pytest.approx(-1.0)


def test_one_class_only_has_no_kappa_and_nothing_shared_is_refused() -> None:
    kappa = agreement.cohen([2, 2], [2, 2], range(2))
    assert (kappa.value, kappa.low, kappa.high, kappa.observed) == (None, None, None, 1.0)
    with pytest.raises(ValueError, match="no sample that both"):
        agreement.cohen([], [], [])


def test_fleiss_kappa_of_the_well_known_example_of_fourteen_raters() -> None:
    # Ten subjects, five categories, 14 raters; kappa = .210
    counts = np.array(
        [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ]
    )
    assert agreement.fleiss(counts) == pytest.approx(0.210, abs=0.0005)


def test_fleiss_kappa_needs_two_readers_and_two_classes() -> None:
    assert agreement.fleiss(np.array([[1, 0], [0, 1]])) is None
    assert agreement.fleiss(np.array([[2, 0], [3, 0]])) is None
    # Samples with one reader do not count: the rest agrees always.
    assert agreement.fleiss(np.array([[2, 0], [0, 3], [1, 0]])) == pytest.approx(1.0)
