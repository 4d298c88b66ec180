"""Paired comparison of two checkpoints: numbers that can be checked by hand."""

import numpy as np
import pytest

from core.evaluation import comparison
from core.evaluation.metrics import Answers


def answers(truth: list[int], predicted: list[int], patients: list[int] | None = None) -> Answers:
    return Answers(
        truth=np.array(truth),
        predicted=np.array(predicted),
        patients=np.array(patients or range(len(truth))),
    )


def test_the_gain_is_the_difference_of_the_mean_recalls() -> None:
    truth = [0, 0, 0, 0, 1, 1]
    before = answers(truth, [0, 0, 1, 1, 1, 0])  # recalls 2/4 and 1/2: 1/2
    after = answers(truth, [0, 0, 0, 1, 1, 1])  # recalls 3/4 and 2/2: 7/8
    gain = comparison.balanced_accuracy(before, after, 2)
    assert (gain.before, gain.after) == (0.5, 0.875)
    assert gain.value == pytest.approx(0.375)
    assert gain.low <= 0.375 <= gain.high
    assert (gain.mended, gain.broken, gain.images, gain.patients) == (2, 0, 6, 6)


def test_the_same_answers_gain_nothing_as_far_as_so_few_patients_can_tell() -> None:
    given = answers([0, 1, 2, 0], [0, 1, 1, 2])
    gain = comparison.balanced_accuracy(given, given, 3)
    # Wilson's upper limit of 0 of 4: z^2 / (4 + z^2) = 3.84 / 7.84
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.0, -0.49, 0.49), abs=0.001)


def test_pairing_makes_the_interval_narrower_than_two_measurements_apart() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    hard = rng.random(400) < 0.4
    base = np.where(hard, 1 - truth, truth)
    better = base.copy()
    better[np.flatnonzero(hard)[:20]] = truth[np.flatnonzero(hard)[:20]]
    paired = comparison.balanced_accuracy(
        answers(truth.tolist(), base.tolist()), answers(truth.tolist(), better.tolist()), 2
    )
    assert paired.value == pytest.approx(0.05, abs=0.01)
    # Apart, two accuracies near .6 on 400 images differ by .05 within about +/- .068.
    assert paired.high - paired.low < 0.06
    assert paired.low > 0


def test_photographs_of_one_patient_are_drawn_together() -> None:
    truth, wrong = [0, 1] * 20, [1, 0] * 20
    apart = comparison.balanced_accuracy(
        answers(truth, truth[:20] + wrong[20:]), answers(truth, truth), 2
    )
    together = comparison.balanced_accuracy(
        answers(truth, truth[:20] + wrong[20:], [n // 10 for n in range(40)]),
        answers(truth, truth, [n // 10 for n in range(40)]),
        2,
    )
    assert together.patients == 4
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


def test_answers_about_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="same images"):
        comparison.balanced_accuracy(answers([0, 1], [0, 1]), answers([0, 0], [0, 1]), 2)
    with pytest.raises(ValueError, match="at least one"):
        comparison.balanced_accuracy(answers([], []), answers([], []), 2)
