import numpy as np
import pytest

from core.evaluation import intervals


def test_wilson_of_ten_right_out_of_ten_is_known_from_the_formula() -> None:
    low, high = intervals.wilson(1.0, 10)
    # n / (n + z^2) = 10 / 13.8415
    assert low == pytest.approx(0.7225, abs=1e-4)
    assert high == 1.0


def test_wilson_of_61_right_out_of_73_is_the_published_73_to_90_percent() -> None:
    low, high = intervals.wilson(61 / 73, 73)
    assert (round(low, 2), round(high, 2)) == (0.73, 0.90)


def test_wilson_of_nothing_says_nothing() -> None:
    assert intervals.wilson(0.5, 0) == (0.0, 1.0)


def test_draws_keep_the_number_of_patients() -> None:
    per_patient = np.zeros((7, 2, 2), dtype=np.int64)
    per_patient[:4, 0, 0] = 1
    per_patient[4:, 1, 0] = 1
    drawn = intervals.resample_patients(per_patient, np.random.default_rng(0))
    assert drawn.shape == (intervals.DRAWS, 2, 2)
    assert (drawn.sum(axis=(1, 2)) == 7).all()


def test_draws_of_single_photographs_vary_like_a_binomial() -> None:
    per_patient = np.zeros((100, 2, 2), dtype=np.int64)
    per_patient[:80, 0, 0] = 1
    per_patient[80:, 0, 1] = 1
    right = intervals.resample_patients(per_patient, np.random.default_rng(0))[:, 0, 0] / 100
    assert right.mean() == pytest.approx(0.80, abs=0.005)
    assert right.std() == pytest.approx(0.04, abs=0.003)  # sqrt(.8 * .2 / 100)


def test_photographs_of_one_patient_are_drawn_together() -> None:
    alone = np.zeros((40, 2, 2), dtype=np.int64)
    alone[:20, 0, 0] = 1
    alone[20:, 0, 1] = 1
    together = np.zeros((10, 2, 2), dtype=np.int64)
    together[:5, 0, 0] = 4
    together[5:, 0, 1] = 4
    rng = np.random.default_rng(0)
    of_alone = intervals.resample_patients(alone, rng)[:, 0, 0].std() / 40
    of_together = intervals.resample_patients(together, rng)[:, 0, 0].std() / 40
    assert of_together == pytest.approx(2 * of_alone, rel=0.1)  # sqrt(4) wider


def test_a_value_that_no_draw_moves_gets_wilson_with_n_patients() -> None:
    metric = intervals.metric(1.0, np.ones(intervals.DRAWS), 10)
    assert (metric.low, metric.high) == intervals.wilson(1.0, 10)


def test_undefined_draws_are_left_out() -> None:
    draws = np.array([np.nan, 0.2, 0.4, np.nan, 0.6])
    metric = intervals.metric(0.4, draws, 3)
    assert 0.2 <= metric.low < 0.4 < metric.high <= 0.6
