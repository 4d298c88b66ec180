import time
from typing import Any

from core.jobs.reporter import Reporter
from core.profiling.estimate import Estimate


def told(*actions, before=(), folds: int = 0) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    reporter = Reporter(
        lambda event, **values: events.append({"event": event, **values}), 5, before, folds=folds
    )
    for action in actions:
        action(reporter)
    return events


def test_the_time_left_at_the_start_is_the_estimate_and_not_that_of_the_first_step() -> None:
    an_hour = Estimate(seconds_per_epoch=600, seconds_at_most=3600)
    started, read = told(
        lambda to: to.started({"train": 8}, an_hour),
        lambda to: to.stage("Reading pictures", 8, 8),
    )
    assert started["estimate"] == {"seconds_per_epoch": 600, "seconds_at_most": 3600}
    assert 3000 < read["seconds_left"] <= 3600


def test_once_an_epoch_is_known_its_own_speed_counts() -> None:
    an_hour = Estimate(seconds_per_epoch=600, seconds_at_most=3600)
    row = {"epoch": 1, "seconds": 2.0, "training_seconds": 1.5}
    *_, epoch, after = told(
        lambda to: to.started({"train": 8}, an_hour),
        lambda to: to.epochs([row]),
        lambda to: to.stage("Predicting all pictures", 8, 8),
    )
    assert epoch["seconds_left"] == 4 * 2.0
    assert after["seconds_left"] == 0


def test_without_an_estimate_nothing_is_said_of_it() -> None:
    (started,) = told(lambda to: to.started({"pool": 8}, None))
    assert "estimate" not in started


def test_folds_are_part_of_the_time_left_before_they_begin() -> None:
    row = {"epoch": 5, "seconds": 2.0, "training_seconds": 1.5}
    (epoch,) = told(lambda to: to.epochs([row]), folds=3)
    assert epoch["seconds_left"] == 3 * 5 * 2.0


def test_within_a_search_the_first_estimate_is_no_longer_the_time_left() -> None:
    an_hour = Estimate(seconds_per_epoch=600, seconds_at_most=3600)
    *_, scoring = told(
        lambda to: to.started({"train": 8}, an_hour),
        lambda to: to.within("Trial 2 of 2", 1, 2),
        lambda to: to.part("fold 3 of 3", 2, 3),
        lambda to: to.stage("Scoring fold 3", 8, 8),
    )
    assert scoring["seconds_left"] < 60


def test_whoever_goes_on_says_so() -> None:
    (event,) = told(lambda to: to.started({"train": 8}, None), before=[{"event": "started"}])
    assert event == {"event": "resumed"}


def test_the_speed_of_a_step_is_counted_from_its_first_pictures_on() -> None:
    def look(to: Reporter) -> None:
        to.stage("Looking", 32, 96)
        time.sleep(0.05)
        to.stage("Looking", 96, 96)
        assert to.rate is not None
        assert to.rate <= 64 / 0.05

    (looked,) = told(look)
    assert looked["done"] == 96
    assert looked["images_per_second"] <= 64 / 0.05
