import pytest

from core.profiling import estimate
from core.profiling.estimate import Speeds, Workload
from core.settings import presets
from core.types import BalanceMethod, ClassId, JobSample, SampleId, Split

A, B = ClassId(1), ClassId(2)
LOAD = Workload(train={A: 60, B: 20}, validation={A: 15, B: 5}, everything=120, unread=40)
SPEEDS = Speeds(train_rate=10, forward_rate=100, read_rate=20, head_rate=50, start_seconds=3)


def reckoned(preset: str = "balanced", **changes):
    settings = {"init": "imagenet", "tta_views": 2, "epochs": 5, "balance": BalanceMethod.NONE}
    return estimate.estimate(presets.named(preset, **{**settings, **changes}), LOAD, SPEEDS)


def test_an_epoch_trains_on_all_showings_and_looks_at_validation():
    # 80 pictures at 10 a second, then 20 pictures in 2 views at 100 a second.
    assert reckoned().seconds_per_epoch == pytest.approx(8 + 0.4)


def test_copies_for_balance_make_an_epoch_longer():
    # 60 pictures of either class.
    estimated = reckoned(balance=BalanceMethod.AUGMENTATION)
    assert estimated.seconds_per_epoch == pytest.approx(12 + 0.4)


def test_validation_is_looked_at_in_two_views_at_most():
    assert reckoned(tta_views=9).seconds_per_epoch == pytest.approx(8 + 0.4)


def test_a_run_reads_looks_fits_a_head_trains_and_predicts():
    reading, looking, head, predicting = 40 / 20, 100 * 2 / 100, 80 * 2 / 50, 120 * 2 / 100
    whole = 3 + reading + looking + head + 5 * 8.4 + predicting
    assert reckoned().seconds_at_most == pytest.approx(whole)


def test_a_further_training_takes_as_many_epochs_again():
    single, double = (reckoned(trainings=number).seconds_at_most for number in (1, 2))
    assert double - single == pytest.approx(5 * 8.4)


def test_a_head_alone_has_no_epochs_and_looks_once():
    estimated = reckoned("quick", epochs=0)
    assert estimated.seconds_per_epoch is None
    assert estimated.seconds_at_most == pytest.approx(3 + 40 / 20 + 120 * 2 / 100 + 80 * 2 / 50)


def test_random_weights_have_nothing_to_look_at_before_they_are_trained():
    assert reckoned(init="random").seconds_at_most == pytest.approx(3 + 2 + 5 * 8.4 + 2.4)


def test_folds_train_on_all_parts_but_their_own():
    # Four fifths of 75 and 25 pictures are 60 and 20; each of 100 is scored once.
    more = reckoned(folds=5).seconds_at_most - reckoned().seconds_at_most
    assert more == pytest.approx(5 * (5 * 8 + 80 * 2 / 50) + 100 * 2 / 100)


def test_a_job_is_counted_by_side_and_class():
    sides = [(A, Split.TRAIN), (A, Split.TRAIN), (B, Split.VALIDATION), (B, Split.TEST)]
    samples = [
        JobSample(id=SampleId(str(n)), path="", label=label, split=split, group=n)
        for n, (label, split) in enumerate([*sides, (None, None)])
    ]
    assert estimate.workload(samples, 3) == Workload(
        train={A: 2}, validation={B: 1}, everything=5, unread=3
    )
