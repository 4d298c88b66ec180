"""The run that matters now: its words, its buttons, the runs that wait, its stamp."""

from dataclasses import replace
from typing import Any

import pytest

from core.types import Run, RunId, RunStatus
from dashboard.services.runs import progress
from dashboard.services.runs.current_run import Current
from dashboard.services.runs.progress import Epoch, LiveRun, Step
from dashboard.ui.train import live_run, live_words
from tests.dashboard.ui.panels import HOSTILE, epochs, evaluation, run

MATRIX = ((8, 2), (1, 9))
BUTTONS = ("pause", "resume", "half", "stop", "details", "where")


def live(told: tuple[Epoch, ...] = (), step: Step | None = None, requested: str = "") -> LiveRun:
    return LiveRun(epochs=told, step=step, requested=requested)


def offered(shown: Run, now: LiveRun | None = None) -> dict[str, dict[str, Any]]:
    """Return the updates of the buttons that are visible."""
    current = Current(run=shown, live=now or live(), waiting=(), stamp="")
    updates = dict(zip(BUTTONS, live_run.offers(shown, current), strict=True))
    return {name: update for name, update in updates.items() if update["visible"]}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\\", "")


def test_a_running_run_says_epoch_speed_and_time_left() -> None:
    step = Step(epoch=3, done=5, total=10, images_per_second=31.5, seconds_left=70)
    words = live_words.how_far(run(status=RunStatus.RUNNING), live(epochs(0.2, 0.4), step))
    assert plain(words) == "epoch 3 of 20 · 31.5 images per second · at most 1 min 10 s left"


def test_half_an_epoch_counts_as_half_an_epoch() -> None:
    step = Step(epoch=3, done=5, total=10)
    assert progress.share_done(run(), live(epochs(0.2, 0.4), step)) == pytest.approx(2.5 / 20)


def test_a_step_of_an_epoch_that_has_ended_is_not_counted_twice() -> None:
    step = Step(epoch=2, done=5, total=10)
    assert progress.share_done(run(), live(epochs(0.2, 0.4), step)) == pytest.approx(0.1)


def test_two_trainings_of_twenty_epochs_are_forty_epochs() -> None:
    usual = run()
    twice = run(config={**usual.config, "epochs": 20, "trainings": 2}, epochs_done=40)
    assert progress.planned(twice, live()) == 40
    assert progress.planned(usual, live()) == 20
    assert progress.planned(run(config={"search": 4, "epochs": 3}), live()) == 0


def test_a_dead_run_says_why_and_offers_to_resume() -> None:
    dead = run(status=RunStatus.INTERRUPTED, message=f"Its process ended. {HOSTILE}")
    card = live_words.card(dead, live(epochs(0.5)))
    assert "✕ Its process ended" in card.replace("\\", "")
    assert "<img" not in card
    assert set(offered(dead)) == {"resume", "half", "details"}


def test_a_run_that_failed_for_a_reason_of_its_own_offers_no_smaller_batch() -> None:
    assert set(offered(run(status=RunStatus.FAILED, message="Disk."))) == {"resume", "details"}


def test_a_finished_run_says_its_validation_with_interval_and_n() -> None:
    finished = run(evaluations={"validation": evaluation(MATRIX)})
    assert plain(live_words.ending(finished)).startswith(
        "Finished. Validation balanced accuracy 71.3 % (95 %: 60.0–80.0; 20 images, 18 patients)"
    )
    offer = offered(finished)
    assert set(offer) == {"details", "where"}
    assert offer["where"]["link"] == f"/?tab=evaluate&run={finished.id}"


def test_a_leaky_run_is_marked_in_words_and_by_a_sign() -> None:
    leaky = run(leaky=True, evaluations={"validation": evaluation(MATRIX)})
    assert "flatter" in live_words.ending(leaky)
    assert live_words.sign(leaky) == "✕"


def test_a_figure_of_more_views_than_the_curves_says_so() -> None:
    measured = {"validation": evaluation(MATRIX)}
    for views, planned, told in ((9, 10, True), (2, 10, False), (9, 0, False)):
        config: dict[str, object] = {"tta_views": views, "epochs": planned}
        words = live_words.ending(run(evaluations=measured, config=config))
        assert ("of 9 views of an image; the curves look at 2" in words) is told


def test_a_running_run_can_be_paused_and_says_when_it_was_asked() -> None:
    running = run(status=RunStatus.RUNNING)
    assert offered(running)["pause"]["interactive"]
    asked = live(epochs(0.2), requested="pause")
    assert live_words.how_far(running, asked).startswith("Pausing after this batch")
    assert not offered(running, asked)["pause"]["interactive"]
    assert offered(running, asked)["stop"]["interactive"]  # it counts more: it can still be asked


def test_a_paused_run_is_resumed_or_kept_as_it_is() -> None:
    paused = run(status=RunStatus.PAUSED, message="Paused; resume continues after epoch 3.")
    assert set(offered(paused)) == {"resume", "stop", "details"}
    assert "stop" not in offered(replace(paused, epochs_done=0))


def test_a_search_keeps_its_trials_also_when_it_is_paused() -> None:
    usual = run()
    searching = run(status=RunStatus.RUNNING, config={"search": 4, "epochs": 3})
    assert offered(searching)["stop"]["value"] == "Stop and keep the trials"
    paused = run(status=RunStatus.PAUSED, epochs_done=0, config={**usual.config, "search": 4})
    assert "stop" in offered(paused)


def test_stopping_loses_something_only_before_the_first_epoch() -> None:
    def current(status: RunStatus, told: tuple[Epoch, ...]) -> Current:
        return Current(run=run(status=status), live=live(told), waiting=(), stamp="")

    assert current(RunStatus.RUNNING, ()).nothing_to_keep
    assert not current(RunStatus.RUNNING, epochs(0.2)).nothing_to_keep
    assert not current(RunStatus.QUEUED, ()).nothing_to_keep


def test_a_waiting_run_is_taken_out_of_the_queue() -> None:
    queued = run(id=RunId("run-8"), status=RunStatus.QUEUED)
    assert offered(queued)["stop"]["value"] == "Take out of the queue"
    assert live_words.how_far(queued, live()) == live_words.WAITING
