import json
import re
from datetime import datetime, timedelta

import pytest

from core.errors import AppError
from core.settings import config, presets
from core.types import BalanceMethod
from dashboard.ui.train import setting_words, train_form


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


def test_a_day_in_the_form_means_its_end() -> None:
    assert train_form.parse(sent()).as_of is None
    found = train_form.parse({**sent(), "as_of": "2026-05-03"}).as_of
    assert found is not None
    assert (found.astimezone().day, found.astimezone().hour) == (3, 23)
    with pytest.raises(AppError, match="is no date"):
        train_form.parse({**sent(), "as_of": "yesterday"})


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
