import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import AppError
from core.settings import config, limits, presets
from core.types import BalanceMethod, RunStatus
from dashboard.services.runs import progress
from dashboard.services.runs.progress import Epoch, LiveRun, Step
from dashboard.ui.train import live_curve, run_table, setting_words, train_form
from tests.dashboard.ui.panels import HOSTILE, epochs, evaluation, run

MATRIX = ((8, 2), (1, 9))


def live(
    told: tuple[Epoch, ...] = (),
    step: Step | None = None,
    *,
    images: dict[str, int] | None = None,
    asked: str = "",
) -> LiveRun:
    return LiveRun(epochs=told, step=step, images=images or {}, requested=asked)


def test_a_running_run_says_epoch_speed_and_time_left() -> None:
    batch = Step(epoch=3, done=5, total=10, images_per_second=31.5, seconds_left=70)
    now = live(epochs(0.2, 0.4), batch)
    html = live_curve.html(run(status=RunStatus.RUNNING), now)
    assert "epoch 3 of 20 · 31.5 images per second · at most 1\u00a0min 10\u00a0s left" in html
    assert 'aria-valuenow="12"' in html
    assert 'data-testid="train-stop"' in html


def test_half_an_epoch_counts_as_half_an_epoch() -> None:
    batch = Step(epoch=3, done=5, total=10)
    assert progress.share_done(run(), live(epochs(0.2, 0.4), batch)) == pytest.approx(2.5 / 20)


def test_a_batch_of_an_epoch_that_has_ended_is_not_counted_twice() -> None:
    batch = Step(epoch=2, done=5, total=10)
    assert progress.share_done(run(), live(epochs(0.2, 0.4), batch)) == pytest.approx(0.1)


def test_a_live_run_is_asked_for_every_second_and_an_ended_one_seldom() -> None:
    alive = live_curve.html(run(status=RunStatus.RUNNING), live())
    ended = live_curve.html(run(), live(epochs(0.5)))
    assert 'data-poll="1000"' in alive
    assert 'data-poll="5000"' in ended


def test_a_dead_run_says_why_and_offers_to_resume() -> None:
    message = f"Its process ended. {HOSTILE}"
    html = live_curve.html(run(status=RunStatus.INTERRUPTED, message=message), live(epochs(0.5)))
    assert "Its process ended." in html
    assert "<img" not in html
    assert 'data-testid="train-resume"' in html
    assert 'data-testid="train-resume-half"' in html


def test_a_run_that_failed_for_a_reason_of_its_own_offers_no_smaller_batch() -> None:
    html = live_curve.html(run(status=RunStatus.FAILED, message="Disk."), live())
    assert 'data-testid="train-resume"' in html
    assert "train-resume-half" not in html


def test_a_finished_run_says_its_validation_with_interval_and_n() -> None:
    finished = run(evaluations={"validation": evaluation(MATRIX)})
    html = live_curve.html(finished, live(epochs(0.5)))
    assert "balanced accuracy 71.3\u00a0% (95\u00a0%: 60.0–80.0; 20\u00a0images" in html


def test_a_figure_of_more_views_than_the_curves_says_so() -> None:
    measured = {"validation": evaluation(MATRIX)}
    for views, epochs_asked, said in ((9, 10, True), (2, 10, False), (9, 0, False)):
        config = {"tta_views": views, "epochs": epochs_asked}
        html = live_curve.html(run(evaluations=measured, config=config), live())
        assert ("of 9 views of an image; the curves look at 2" in html) is said


def test_the_best_epoch_is_marked_where_macro_f1_was_highest() -> None:
    html = live_curve.html(run(status=RunStatus.RUNNING), live(epochs(0.2, 0.6, 0.5)))
    assert "best epoch so far, 2" in html
    assert 'class="mark" x1="10.00"' in html


def test_the_best_epochs_figure_is_told_from_the_last_ones() -> None:
    html = live_curve.html(run(), live(epochs(0.2, 0.6, 0.5))).replace("\u00a0", " ")
    assert "Dashed: best epoch, 2, with macro-F1 60.0 %: that one is kept." in html
    assert "The numbers at the lines&#x27; ends are of the last epoch, 3." in html
    last = live_curve.html(run(), live(epochs(0.2, 0.6))).replace("\u00a0", " ")
    assert "best epoch, 2, with macro-F1 60.0 %; it is the last one, too." in last


def test_of_epochs_with_equal_macro_f1_the_one_that_the_loop_kept_is_marked() -> None:
    html = live_curve.html(run(), live(epochs(0.2, 0.6, 0.6, 0.5)))
    assert "best epoch, 3" in html


def test_the_captions_of_the_curves_name_how_many_images_they_rest_on() -> None:
    counts = {"train": 1229, "validation": 57, "test": 70}
    html = live_curve.html(run(), live(epochs(0.2), images=counts)).replace("\u00a0", " ")
    assert "on 1,229 training and 57 validation images; lower is better." in html
    assert "On 57 validation images." in html


def test_runs_stand_in_the_order_given_and_carry_what_sorting_needs() -> None:
    best = run(number=2, evaluations={"validation": evaluation(MATRIX)})
    html = run_table.html([best, run(number=1)], limits.BACKBONES.__getitem__)
    assert re.findall(r'<td data-value="(\d+)" data-label="Run">', html) == ["2", "1"]
    assert 'data-value="0.7133" data-label="Validation balanced accuracy"' in html


def test_only_an_honest_finished_run_can_be_used() -> None:
    measured = {"validation": evaluation(MATRIX)}

    def offered(**changes: object) -> bool:
        return 'data-testid="use-model"' in run_table.html([run(**changes)], str)

    assert offered(evaluations=measured)
    assert not offered(evaluations=measured, leaky=True)
    assert not offered(evaluations=measured, active=True)
    assert not offered(status=RunStatus.FAILED)
    assert not offered(status=RunStatus.STOPPED)


def test_using_a_model_asks_first_and_names_the_run() -> None:
    html = run_table.html([run(evaluations={"validation": evaluation(MATRIX)})], str)
    assert 'data-confirm="Run 7 will answer in Predict' in html


def test_a_leaky_run_is_stamped_wherever_it_is_named() -> None:
    assert "leaky" in run_table.html([run(leaky=True)], str)
    leaky = run(leaky=True, evaluations={"validation": evaluation(MATRIX)})
    assert "flatter" in live_curve.html(leaky, live(epochs(0.5)))


def test_settings_show_only_the_name_of_a_weights_file() -> None:
    line = run_table.settings({"init": "/somewhere/private/weights.safetensors", "seed": 3})
    assert line == "Seed: 3 · Initial weights: weights.safetensors"


def sent(**changes: object) -> dict[str, object]:
    return {"settings": {"preset": "quick", "init": "random", **changes}, "split": "patient"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"learning_rate": 0}, "“Learning rate” must be above 0"),
        ({"epochs": 1.5}, "“Epochs, at most” cannot be 1.5."),
        ({"init": ""}, "“Initial weights” must be imagenet, random or the path of a weights file."),
        ({"erasing": 2}, "“Random erasing” must lie between 0 and 1."),
    ],
)
def test_the_form_calls_a_wrong_setting_by_its_name_on_the_screen(
    wrong: dict[str, object], told: str
) -> None:
    with pytest.raises(AppError) as refused:
        train_form.parse(sent(**wrong))
    assert refused.value.message.startswith(told)


def test_a_search_under_way_has_no_curves_and_keeps_its_trials() -> None:
    searching = run(status=RunStatus.RUNNING, config={"search": 4, "epochs": 3})
    shown = live_curve.html(searching, live())
    assert "Stop and keep the trials" in shown
    assert "charts" not in shown


@pytest.mark.parametrize(("best", "said"), [(0, "best: last layer alone"), (2, "best 2")])
def test_the_table_says_which_epoch_was_best_also_where_it_is_the_fitted_head(
    best: int, said: str
) -> None:
    assert said in run_table.html([run(best_epoch=best, epochs_done=3)], str)


def test_names_of_files_and_networks_keep_their_underscores() -> None:
    assert setting_words.value("mobilenetv2_100") == "mobilenetv2_100"
    assert setting_words.value("class_weights", "balance") == "Class weights"
    assert setting_words.name("backbone") == "Network"


def test_the_form_gives_the_settings_that_were_sent() -> None:
    request = train_form.parse(sent(epochs=3, seed=7, balance="augmentation", balance_target=90))
    assert request.config.epochs == 3
    assert request.config.seed == 7
    assert request.config.balance is BalanceMethod.AUGMENTATION
    assert request.config.balance_target == 90
    assert (request.split, request.allow_leak) == ("patient", False)


def test_an_authors_fold_and_an_accepted_leak_are_understood() -> None:
    request = train_form.parse({**sent(), "split": "author", "fold": 2, "allow_leak": True})
    assert (request.split, request.allow_leak) == ("author:2", True)


def test_only_true_itself_allows_a_leak() -> None:
    assert not train_form.parse({**sent(), "allow_leak": "no"}).allow_leak


@pytest.mark.parametrize("wrong", [{"epochs": 5000}, {"optimizer": "sgd"}, {"nonsense": 1}])
def test_an_impossible_setting_is_refused_in_words(wrong: dict[str, object]) -> None:
    with pytest.raises(AppError):
        train_form.parse(sent(**wrong))


def test_nothing_sent_means_the_usual_choice() -> None:
    assert train_form.parse({}).config == presets.named("balanced")


def test_the_form_carries_every_preset_of_both_beginnings() -> None:
    html = train_form.html()
    found = re.search(r'data-presets="([^"]+)"', html)
    assert found
    carried = json.loads(found.group(1).replace("&quot;", '"'))
    assert set(carried) == {"imagenet", "random"}
    wanted = presets.named("balanced", init="random").epochs
    assert carried["random"]["balanced"]["epochs"] == wanted


def test_the_form_has_a_field_for_each_setting_that_it_sends() -> None:
    names = set(re.findall(r'name="(\w+)"[^>]*data-type', train_form.html()))
    assert names <= set(config.TrainConfig().model_dump(mode="json"))
    assert {"epochs", "learning_rate", "batch_size", "seed", "frozen_stages"} <= names


def test_a_pressed_button_adds_folds_or_trials_to_the_settings_and_training_none() -> None:
    sent = {"settings": {"preset": "quick"}, "cv_folds": 4, "folds_by": "authors", "trials": 6}
    usual = train_form.parse(sent).config
    assert (usual.folds, usual.search, usual.folds_by) == (0, 0, "patient")
    folds = train_form.parse({**sent, "mode": "folds", "everything": True}).config
    assert (folds.folds, folds.folds_by, folds.fold_everything) == (0, "authors", True)
    dealt = train_form.parse({**sent, "mode": "folds", "folds_by": "patient"}).config
    assert (dealt.folds, dealt.folds_by, dealt.fold_everything) == (4, "patient", False)
    search = train_form.parse({**sent, "mode": "search"}).config
    assert (search.search, search.folds, search.fold_everything) == (6, 0, False)


@pytest.mark.parametrize(
    ("pressed", "said"),
    [
        ({"mode": "folds", "cv_folds": 0, "everything": True}, "needs at least 2 folds"),
        ({"mode": "folds", "cv_folds": None}, "needs at least 2 folds"),
        ({"mode": "search", "trials": 1}, "needs at least 2 trials"),
        ({"mode": "folds", "cv_folds": 2.5}, "“Folds” cannot be 2.5"),
    ],
)
def test_an_emptied_number_of_folds_or_trials_is_refused_in_words(
    pressed: dict[str, object], said: str
) -> None:
    with pytest.raises(AppError, match=said):
        train_form.parse({**sent(), **pressed})


def test_an_emptied_number_of_folds_does_not_hold_back_a_training_without_any() -> None:
    assert train_form.parse({**sent(), "cv_folds": 0, "trials": 0}).config.folds == 0
    html = train_form.html()
    assert re.search(r'formnovalidate[^>]*data-testid="train-start"', html)
    assert re.search(r'name="cv_folds"[^>]* required', html)


def test_a_running_run_can_be_paused_and_says_when_it_was_asked() -> None:
    running = run(status=RunStatus.RUNNING)
    assert 'data-testid="train-pause"' in live_curve.html(running, live(epochs(0.2)))
    asked = live_curve.html(running, live(epochs(0.2), asked="pause"))
    assert "Pausing after this batch" in asked
    assert re.search(r'data-testid="train-pause" disabled', asked)
    assert not re.search(r"<button disabled", asked)  # stopping counts more: it can still be asked


def test_a_paused_run_is_resumed_or_kept_as_it_is() -> None:
    paused = run(status=RunStatus.PAUSED, message="Paused; resume continues after epoch 3.")
    html = live_curve.html(paused, live(epochs(0.5)))
    assert "Paused; resume continues after epoch 3." in html
    assert {"train-resume", "train-stop"} <= set(re.findall(r'data-testid="([\w-]+)"', html))


def test_the_queue_stands_in_its_order_and_all_but_the_first_can_go_sooner() -> None:
    waiting = [run(number=8, place=2), run(number=9, place=1)]
    html = live_curve.queue(waiting)
    assert re.findall(r"Run (\d)", html) == ["9", "8"]
    assert html.count('data-testid="queue-sooner"') == 1
    assert html.index("Run 8") < html.index("queue-sooner")


def test_hidden_runs_are_counted_apart_and_can_be_shown() -> None:
    html = run_table.html([run(), run(number=8, hidden=True)], str).replace("\u00a0", " ")
    assert "1 run, best validation first" in html
    assert "Show hidden (1)" in html
    assert "show-hidden" not in run_table.html([run()], str)


def test_a_run_on_the_labels_of_a_day_says_so_in_the_table() -> None:
    old = run(as_of=datetime(2026, 5, 3, 23, 59, tzinfo=UTC), automatic=True)
    assert "labels of 2026-05-03, by itself" in run_table.html([old], str)


def test_a_day_in_the_form_means_its_end() -> None:
    assert train_form.parse(sent()).as_of is None
    found = train_form.parse({**sent(), "as_of": "2026-05-03"}).as_of
    assert found is not None
    assert (found.astimezone().day, found.astimezone().hour) == (3, 23)
    with pytest.raises(AppError, match="is no date"):
        train_form.parse({**sent(), "as_of": "yesterday"})


def test_two_trainings_of_twenty_epochs_are_forty_epochs_before_and_after_they_are_told() -> None:
    usual = run()
    twice = run(config={**usual.config, "epochs": 20, "trainings": 2}, epochs_done=40)
    assert twice.all_epochs == 40
    assert "40 of 40" in run_table.html([twice], str)
    assert progress.planned(twice, live()) == 40
    assert progress.planned(usual, live()) == 20


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_clock_reaches_is_refused_in_words(day: str) -> None:
    with pytest.raises(AppError, match=r"is no date|is yet to come"):
        train_form.parse({**sent(), "as_of": day})


def test_labels_of_today_are_known_and_those_of_tomorrow_are_not() -> None:
    today = datetime.now().astimezone()
    assert train_form.parse({**sent(), "as_of": f"{today:%Y-%m-%d}"}).as_of is not None
    later = today + timedelta(days=1)
    with pytest.raises(AppError, match="is yet to come"):
        train_form.parse({**sent(), "as_of": f"{later:%Y-%m-%d}"})


def test_a_paused_search_can_be_stopped_for_good() -> None:
    usual = run()
    paused = run(status=RunStatus.PAUSED, epochs_done=0, config={**usual.config, "search": 4})
    assert 'data-testid="train-stop"' in live_curve.html(paused, live())


def test_labels_of_a_day_are_called_by_the_day_of_who_chose_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        # The end of 3 May in New York.
        chosen = run(as_of=datetime(2026, 5, 4, 3, 59, 59, tzinfo=UTC))
        assert "labels of 2026-05-03" in run_table.html([chosen], str)
    finally:
        monkeypatch.undo()
        time.tzset()
