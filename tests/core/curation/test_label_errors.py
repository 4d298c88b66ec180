"""Wrong labels in numbers that can be checked by hand."""

import numpy as np
import pytest

from core.curation import label_errors


def clusters(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Three well separated clouds of forty points; the first point of each is labelled wrongly."""
    truth = np.repeat(np.arange(3), 40)
    centres = np.eye(3, 8) * 6
    points = centres[truth] + rng.normal(size=(120, 8))
    labels = truth.copy()
    labels[[0, 40, 80]] = [1, 2, 0]
    return points.astype(np.float32), labels


@pytest.mark.parametrize("opinion", ["discriminant", "neighbours"])
def test_points_in_another_class_s_cloud_are_the_worst(opinion: str) -> None:
    points, labels = clusters(np.random.default_rng(0))
    ask = getattr(label_errors, opinion)
    probabilities = ask(points, labels, np.arange(120) % 5, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    score, suggested = label_errors.scores(probabilities, labels)
    worst = np.argsort(-score)[:3]
    assert sorted(worst) == [0, 40, 80]
    assert suggested[[0, 40, 80]].tolist() == [0, 1, 2]
    assert (score[[0, 40, 80]] > 0.5).all()


def test_pictures_of_the_own_fold_have_no_vote() -> None:
    # Two folds far apart: each fold's only neighbours are the other's.
    points = np.array([[5.0, 0], [5, 0.1], [0, 5], [0.1, 5]], dtype=np.float32)
    labels, folds = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    probabilities = label_errors.neighbours(points, labels, folds, 2)
    assert probabilities[:, 0].tolist() == pytest.approx([0.005, 0.005, 0.995, 0.995])


def test_a_sample_without_any_neighbour_is_undecided() -> None:
    points = np.array([[1.0, 0], [0, 1], [1, 1]], dtype=np.float32)
    probabilities = label_errors.neighbours(points, np.array([0, 1, 1]), np.array([7, 7, 7]), 2)
    assert np.allclose(probabilities, 0.5)


def test_the_score_weighs_the_best_other_class_against_the_given_one() -> None:
    shares = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.0, 1.0, 0.0]])
    score, suggested = label_errors.scores(shares, np.array([0, 2, 0]))
    assert score[:2].tolist() == pytest.approx([0.3 / 0.9, 0.2 / 0.8])
    assert score[2] == pytest.approx(1, abs=1e-6)
    assert suggested[[0, 2]].tolist() == [1, 1]


def test_one_veto_weighs_more_than_praise() -> None:
    # sqrt(.9 x .1) = .3 and sqrt(.1 x .9) = .3: equal; an arithmetic mean would say the same.
    even = label_errors.combined([np.array([[0.9, 0.1]]), np.array([[0.1, 0.9]])])
    assert even[0].tolist() == pytest.approx([0.5, 0.5])
    # sqrt(.9 x .001) = .03, sqrt(.1 x .999) = .316: the second opinion rules the first class out.
    veto = label_errors.combined([np.array([[0.9, 0.1]]), np.array([[0.001, 0.999]])])
    assert veto[0, 0] == pytest.approx(0.03 / (0.03 + 0.31607), abs=1e-3)


def test_a_class_of_one_fold_only_is_never_given_out_of_it() -> None:
    points, labels = clusters(np.random.default_rng(1))
    folds = np.where(labels == 2, 0, 1 + np.arange(120) % 2)
    probabilities = label_errors.discriminant(points, labels, folds, 3)
    assert (probabilities[labels == 2, 2] == 0).all()


@pytest.mark.parametrize("opinion", ["discriminant", "neighbours"])
def test_the_test_split_is_scored_and_has_no_say(opinion: str) -> None:
    points, labels = clusters(np.random.default_rng(2))
    folds = np.arange(120) % 4
    test = np.arange(120) % 10 == 5
    folds[test] = -1
    ask = getattr(label_errors, opinion)
    before = ask(points, labels, folds, 3)
    changed = np.where(test, (labels + 1) % 3, labels)
    assert np.allclose(ask(points, changed, folds, 3), before)
    assert (before[test].argmax(axis=1) == labels[test]).all()
