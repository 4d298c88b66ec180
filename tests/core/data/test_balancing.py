import pytest

from core.data import balancing
from core.types import BalanceMethod, ClassId

COUNTS = {ClassId(1): 60, ClassId(2): 30, ClassId(3): 10}


def test_without_balancing_an_epoch_shows_every_image_once():
    plan = balancing.plan(COUNTS, BalanceMethod.NONE)
    assert plan.target == COUNTS
    assert set(plan.weights.values()) == {1.0}


def test_class_weights_are_inverse_to_the_share_and_average_one_per_image():
    plan = balancing.plan(COUNTS, BalanceMethod.CLASS_WEIGHTS)
    assert plan.target == COUNTS
    assert plan.weights == {1: pytest.approx(100 / 180), 2: pytest.approx(100 / 90), 3: 100 / 30}
    assert sum(plan.weights[key] * COUNTS[key] for key in COUNTS) == pytest.approx(100)


def test_balanced_sampling_keeps_the_length_of_an_epoch():
    plan = balancing.plan(COUNTS, BalanceMethod.BALANCED_SAMPLING)
    assert plan.target == {1: 33, 2: 33, 3: 33}


def test_augmentation_lifts_small_classes_to_the_largest():
    plan = balancing.plan(COUNTS, BalanceMethod.AUGMENTATION)
    assert plan.target == {1: 60, 2: 60, 3: 60}


def test_augmentation_to_a_target_takes_nothing_from_larger_classes():
    plan = balancing.plan(COUNTS, BalanceMethod.AUGMENTATION, 40)
    assert plan.target == {1: 60, 2: 40, 3: 40}


@pytest.mark.parametrize("method", list(BalanceMethod))
def test_a_class_without_images_stays_without(method):
    plan = balancing.plan({**COUNTS, ClassId(4): 0}, method)
    assert plan.target[ClassId(4)] == 0
    assert plan.weights[ClassId(4)] == 1.0
