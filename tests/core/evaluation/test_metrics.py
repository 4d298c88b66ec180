import numpy as np
import pytest

from core.evaluation import intervals, metrics
from core.types import ClassId, Evaluation, RunId

A, B, C = ClassId(1), ClassId(2), ClassId(3)


def measure(truth: list[int], predicted: list[int], patients: list[int], k: int = 3) -> Evaluation:
    given = metrics.Answers(
        truth=np.array(truth), predicted=np.array(predicted), patients=np.array(patients)
    )
    classes = tuple(ClassId(number + 1) for number in range(k))
    return metrics.evaluate(
        given, classes, run=RunId("run-1-abcd"), split="validation", test_version="1-abcdef"
    )


def test_numbers_of_a_small_example_can_be_checked_by_hand() -> None:
    # A: 3 of 4 right, B: 1 of 2 right, C: 2 of 2 right; one A was called C, one B was called A.
    evaluation = measure([0, 0, 0, 0, 1, 1, 2, 2], [0, 0, 0, 2, 1, 0, 2, 2], list(range(8)))
    assert evaluation.confusion == ((3, 0, 1), (1, 1, 0), (0, 0, 2))
    assert evaluation.accuracy.value == pytest.approx(6 / 8)
    assert evaluation.balanced_accuracy.value == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    a, b, c = evaluation.classes
    assert a.precision is not None and a.precision.value == pytest.approx(3 / 4)
    assert a.recall is not None and a.recall.value == pytest.approx(3 / 4)
    assert b.precision is not None and b.precision.value == 1
    assert b.f1 is not None and b.f1.value == pytest.approx(2 / 3)
    assert c.precision is not None and c.precision.value == pytest.approx(2 / 3)
    assert c.f1 is not None and c.f1.value == pytest.approx(4 / 5)
    assert evaluation.macro_f1.value == pytest.approx((3 / 4 + 2 / 3 + 4 / 5) / 3)
    assert (evaluation.images, evaluation.patients) == (8, 8)


def test_probabilities_become_the_column_of_the_largest() -> None:
    given = metrics.answers([B, A], np.array([[0.2, 0.8], [0.6, 0.4]]), [7, 7], (B, A))
    assert given.truth.tolist() == [0, 1]
    assert given.predicted.tolist() == [1, 0]


def test_balanced_accuracy_is_over_the_classes_present() -> None:
    evaluation = measure([0, 0, 1, 1], [0, 0, 1, 2], [1, 2, 3, 4])
    assert evaluation.balanced_accuracy.value == pytest.approx((1 + 1 / 2) / 2)
    assert evaluation.macro_f1.value == pytest.approx((1 + 2 / 3) / 2)
    absent = evaluation.classes[2]
    assert (absent.recall, absent.f1, absent.images) == (None, None, 0)
    assert absent.precision is not None and absent.precision.value == 0


def test_precision_of_a_class_that_was_never_predicted_is_undefined() -> None:
    evaluation = measure([0, 1], [0, 0], [1, 2], k=2)
    b = evaluation.classes[1]
    assert b.precision is None
    assert b.recall is not None and b.recall.value == 0
    assert b.f1 is not None and b.f1.value == 0


def test_an_all_right_cell_has_wilsons_interval_with_n_patients_not_images() -> None:
    evaluation = measure([0] * 6 + [1, 1], [0] * 6 + [1, 0], [1, 1, 1, 2, 2, 2, 3, 4], k=2)
    recall = evaluation.classes[0].recall
    assert recall is not None
    assert (recall.low, recall.high) == intervals.wilson(1.0, 2)
    assert evaluation.classes[0].patients == 2


def test_an_all_wrong_cell_has_wilsons_interval_too() -> None:
    evaluation = measure([0, 0, 1, 1], [1, 1, 1, 1], [1, 2, 3, 4], k=2)
    recall = evaluation.classes[0].recall
    assert recall is not None
    assert (recall.low, recall.high) == intervals.wilson(0.0, 2)


def test_a_tiny_class_keeps_an_all_right_balanced_accuracy_wide() -> None:
    evaluation = measure([0] * 30 + [1] * 2, [0] * 30 + [1] * 2, list(range(32)), k=2)
    assert evaluation.accuracy.low == intervals.wilson(1.0, 32)[0]
    # 2^2 / (1/30 + 1/2) = 7.5 patients
    assert evaluation.balanced_accuracy.low == pytest.approx(intervals.wilson(1.0, 7.5)[0])


def test_one_patient_is_no_certainty() -> None:
    evaluation = measure([0, 0], [0, 1], [5, 5], k=2)
    assert evaluation.accuracy.value == 0.5
    assert evaluation.accuracy.low < 0.2 and evaluation.accuracy.high > 0.8


def test_the_same_answers_give_the_same_intervals() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 60).tolist()
    predicted = rng.integers(0, 3, 60).tolist()
    patients = rng.integers(0, 30, 60).tolist()
    assert measure(truth, predicted, patients) == measure(truth, predicted, patients)


def test_every_interval_contains_its_value() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        truth = rng.integers(0, 3, 12).tolist()
        evaluation = measure(
            truth, rng.integers(0, 3, 12).tolist(), rng.integers(0, 6, 12).tolist()
        )
        rows = [evaluation.accuracy, evaluation.balanced_accuracy, evaluation.macro_f1]
        for row in evaluation.classes:
            rows += [m for m in (row.precision, row.recall, row.f1) if m is not None]
        assert all(0 <= m.low <= m.value <= m.high <= 1 for m in rows)


def test_nothing_to_measure_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one"):
        measure([], [], [])
