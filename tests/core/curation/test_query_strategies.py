"""Query strategies on numbers that can be checked by hand."""

from typing import Any

import numpy as np
import pytest

from core.curation import query_strategies
from core.curation.query_strategies import QueryState
from core.errors import AppError

SURE, UNSURE, TORN = [0.9, 0.05, 0.05], [0.4, 0.3, 0.3], [0.5, 0.5, 0.0]


def query_state(**changes: Any) -> QueryState:
    shares = changes.pop("probabilities", np.array([SURE, UNSURE, TORN]))
    count = len(changes.get("embeddings", shares if shares is not None else [0, 0, 0]))
    values: dict[str, Any] = {
        "embeddings": np.eye(count, dtype=np.float32),
        "labels": np.full(count, -1),
        "decided": np.zeros(count, bool),
        "bundles": np.arange(count),
        "probabilities": shares,
    }
    return QueryState(**(values | changes))


def test_least_confidence_is_one_for_a_uniform_row() -> None:
    scores = query_strategies.least_confidence(
        query_state(probabilities=np.array([SURE, UNSURE, [1 / 3] * 3]))
    )
    # (1 - .9) x 3/2, (1 - .4) x 3/2, (1 - 1/3) x 3/2
    assert scores.tolist() == pytest.approx([0.15, 0.9, 1.0])


def test_margin_asks_first_where_two_classes_are_level() -> None:
    assert query_strategies.margin(query_state()).tolist() == pytest.approx([0.15, 0.9, 1.0])


def test_entropy_is_measured_against_a_uniform_row() -> None:
    scores = query_strategies.entropy(
        query_state(probabilities=np.array([[1.0, 0, 0], [1 / 3] * 3, TORN]))
    )
    # ln 2 / ln 3 = .6309
    assert scores.tolist() == pytest.approx([0, 1, 0.63093], abs=1e-4)


def test_disagreement_is_half_the_sum_of_differences() -> None:
    second = np.array([SURE, [0.3, 0.4, 0.3], [0.0, 0.0, 1.0]])
    assert query_strategies.disagreement(query_state(second=second)).tolist() == pytest.approx(
        [0, 0.1, 1]
    )
    assert query_strategies.disagreement(query_state()).tolist() == pytest.approx(
        query_strategies.margin(query_state()).tolist()
    )


def test_diversity_takes_what_is_farthest_from_the_decided() -> None:
    points = np.array([[3, 0], [3, 0.1], [-1, 3], [-1, -3], [-4, -0.1]], dtype=np.float32)
    decided = np.array([True, False, False, False, False])
    scores = query_strategies.diversity(
        query_state(probabilities=None, embeddings=points, decided=decided)
    )
    # The opposite of the decided one first, its near duplicate last, itself never.
    order = np.argsort(-scores).tolist()
    assert order[0] == 4
    assert order[-2:] == [1, 0]
    assert scores[0] == 0


def test_class_balance_takes_the_predicted_classes_in_turn() -> None:
    shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.05, 0.95]])
    order = np.argsort(
        -query_strategies.balance(query_state(probabilities=shares)), kind="stable"
    ).tolist()
    # The least sure of class 0, then the only one of class 1, then the rest of class 0.
    assert order == [3, 4, 2, 1, 0]


def test_worth_asks_first_about_a_label_that_is_probably_wrong() -> None:
    noise, labels = np.array([0.95, 0.05, 0.5]), np.array([1, 0, 2])
    scores = query_strategies.worth(query_state(noise=noise, labels=labels))
    assert np.argmax(scores) == 0
    assert np.argmin(scores) == 1
    assert ((scores >= 0) & (scores <= 1)).all()


def test_worth_prefers_a_decision_that_settles_more_samples() -> None:
    shares = np.array([[0.6, 0.4]] * 4)
    labels = np.array([0, 0, 0, 0])
    scores = query_strategies.worth(
        query_state(
            probabilities=shares,
            labels=labels,
            bundles=np.array([1, 2, 2, 2]),
            noise=np.full(4, 0.8),
        )
    )
    # log2(1 + 1) = 1 of log2(1 + 3) = 2: .8 x (.75 + .25 / 2), then .8 x (.75 + .25).
    assert scores.tolist() == pytest.approx([0.7, 0.8, 0.8, 0.8])


def test_worth_of_a_labelled_sample_is_its_doubt_alone() -> None:
    shares = np.array([[0.5, 0.5], [0.9, 0.1], [0.1, 0.9]])
    scores = query_strategies.worth(
        query_state(
            probabilities=shares, labels=np.array([0, 0, 0]), noise=np.array([0.5, 0.1, 0.9])
        )
    )
    assert scores.tolist() == pytest.approx([0.5, 0.1, 0.9])


@pytest.mark.parametrize("strategy", list(query_strategies.STRATEGIES))
def test_a_cold_start_is_never_an_empty_queue(strategy: str) -> None:
    cold = query_state(probabilities=None)
    picks = query_strategies.queue(cold, np.random.default_rng(0), strategy)
    assert sorted(pick.row for pick in picks) == [0, 1, 2]


@pytest.mark.parametrize("strategy", list(query_strategies.STRATEGIES))
def test_scores_lie_between_nought_and_one(strategy: str) -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(4), size=700)
    points = rng.normal(size=(700, 8)).astype(np.float32)
    scores = query_strategies.scores(
        query_state(probabilities=shares, embeddings=points, second=np.roll(shares, 1, axis=0)),
        strategy,
    )
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_one_of_a_bundle_is_asked_and_the_decided_never() -> None:
    shares = np.array([SURE, UNSURE, TORN, UNSURE])
    decided = np.array([False, False, False, True])
    bundles = np.array([7, 7, 8, 9])
    picks = query_strategies.queue(
        query_state(probabilities=shares, decided=decided, bundles=bundles),
        np.random.default_rng(0),
        "margin",
        random_share=0,
    )
    # Of the first bundle the unsure one stands for both; the fourth is decided.
    assert [pick.row for pick in picks] == [2, 1]
    assert not any(pick.random for pick in picks)


def test_a_tenth_is_chosen_by_chance_and_each_row_comes_once() -> None:
    rng = np.random.default_rng(3)
    shares = rng.dirichlet(np.ones(3), size=1000)
    points = rng.normal(size=(1000, 4)).astype(np.float32)
    picks = query_strategies.queue(
        query_state(probabilities=shares, embeddings=points), rng, "margin"
    )
    assert sorted(pick.row for pick in picks) == list(range(1000))
    # Binomial(1000, .1): 100 +- 4 x 9.5
    assert 62 <= sum(pick.random for pick in picks) <= 138
    chosen = [pick.score for pick in picks if not pick.random]
    assert chosen == sorted(chosen, reverse=True)


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AppError, match=r"'luck'.*Choose one of worth, margin"):
        query_strategies.scores(query_state(), "luck")
