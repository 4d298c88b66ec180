"""What the training form holds becomes the settings of a run, or a sentence about what is wrong."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import AppError
from core.settings import presets
from core.types import BalanceMethod
from dashboard.ui.train import form_values


def filled(**changes: Any) -> dict[str, Any]:
    """The form as it opens, with some fields changed."""
    opened = {**form_values.of_beginning("balanced imagenet"), "split": "patient"}
    return {**opened, "folds": 5, "search": 8, **changes}


def config(**changes: Any) -> Any:
    return form_values.request(filled(**changes)).config


def test_the_form_as_it_opens_is_the_usual_choice() -> None:
    assert form_values.request(filled()).config == presets.named("balanced")
    assert form_values.request({}).config == presets.named("balanced")


def test_the_form_gives_the_settings_that_stand_in_it() -> None:
    found = config(epochs=3, seed=7.0, balance="augmentation", balance_target=90, cutmix=1)
    assert (found.epochs, found.seed, found.balance_target, found.cutmix) == (3, 7, 90, 1.0)
    assert found.balance is BalanceMethod.AUGMENTATION


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"learning_rate": 0}, "“Learning rate” must be above 0"),
        ({"epochs": 1.5}, "“Epochs, at most” cannot be 1.5."),
        ({"epochs": 5000}, "“Epochs, at most” must lie between 0 and 1000 epochs."),
        ({"optimizer": "sgd"}, "“Optimizer” must be one of adamw, adam."),
        ({"erasing": 2}, "“Random erasing, share” must lie between 0 and 1."),
        ({"init": "random", "trainings": 2}, "“Trainings, averaged” must be 1 from random weights"),
    ],
)
def test_a_wrong_setting_is_called_by_its_name_on_the_screen(
    wrong: dict[str, object], told: str
) -> None:
    with pytest.raises(AppError) as refused:
        form_values.request(filled(**wrong))
    assert refused.value.message.startswith(told)


def test_an_emptied_number_is_that_of_the_preset() -> None:
    assert config(epochs=None).epochs == presets.named("balanced").epochs
    assert config(balance_target=None).balance_target is None


def test_an_authors_fold_and_an_accepted_leak_are_understood() -> None:
    asked = filled(split="author", author_fold=2, allow_leak=True)
    found = form_values.request(asked)
    assert (found.split, found.allow_leak) == ("author:2", True)
    assert not form_values.request({**asked, "split": "patient"}).allow_leak
    assert not form_values.request({**asked, "allow_leak": "no"}).allow_leak


def test_a_pressed_button_adds_folds_or_trials_to_the_settings_and_training_none() -> None:
    values = filled(folds=4, folds_by="authors", search=6, fold_everything=True)
    usual = form_values.request(values).config
    assert (usual.folds, usual.search, usual.folds_by) == (0, 0, "patient")
    assert not usual.fold_everything
    folds = form_values.request(values, "folds").config
    assert (folds.folds, folds.folds_by, folds.fold_everything) == (0, "authors", True)
    dealt = form_values.request({**values, "folds_by": "patient"}, "folds").config
    assert (dealt.folds, dealt.folds_by, dealt.fold_everything) == (4, "patient", True)
    search = form_values.request(values, "search").config
    assert (search.search, search.folds, search.fold_everything) == (6, 0, False)


@pytest.mark.parametrize(
    ("mode", "values", "said"),
    [
        ("folds", {"folds": 0}, "“Folds” must be at least 2."),
        ("folds", {"folds": None}, "“Folds” must be at least 2."),
        ("folds", {"folds": 2.5}, "“Folds” cannot be 2.5"),
        ("search", {"search": 1}, "“Trials of a search” must be at least 2."),
    ],
)
def test_too_few_folds_or_trials_are_refused_in_words(
    mode: form_values.Mode, values: dict[str, object], said: str
) -> None:
    with pytest.raises(AppError, match=said):
        form_values.request(filled(**values), mode)


def test_another_preset_leaves_what_a_person_has_set() -> None:
    values = filled(preset="thorough", epochs=7)
    after = form_values.followed(values, "balanced imagenet")
    assert after["epochs"] == 7
    assert after["trainings"] == presets.named("thorough").trainings
    assert form_values.kept({**values, **after}) == ["epochs"]


def test_random_weights_bring_the_presets_own_values() -> None:
    after = form_values.followed(filled(init="random"), "balanced imagenet")
    assert after["epochs"] == presets.named("balanced", init="random").epochs
    file = form_values.followed(filled(init="/weights.pth"), "balanced imagenet")
    assert file["epochs"] == presets.named("balanced").epochs


def test_a_draft_is_put_back_without_what_cannot_be() -> None:
    draft = filled(seed=4, optimizer="adam", split="image")
    back = form_values.restored(draft)
    assert (back["seed"], back["optimizer"], back["split"]) == (4, "adam", "image")
    assert "optimizer" not in form_values.restored({**draft, "optimizer": "lion"})
    for text, fits in (("thorough random", True), ("thorough", False), (3, False)):
        assert ("followed" in form_values.restored({**draft, "followed": text})) is fits
    for broken in (None, [], {"preset": "fast"}):
        assert form_values.restored(broken) == {}


def test_a_day_means_its_end() -> None:
    assert form_values.request(filled()).as_of is None
    found = form_values.request(filled(as_of="2026-05-03")).as_of
    assert found is not None
    assert (found.astimezone().day, found.astimezone().hour) == (3, 23)
    with pytest.raises(AppError, match="is no date"):
        form_values.request(filled(as_of="yesterday"))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_clock_reaches_is_refused_in_words(day: str) -> None:
    with pytest.raises(AppError, match=r"is no date|is yet to come"):
        form_values.request(filled(as_of=day))


def test_labels_of_today_are_known_and_those_of_tomorrow_are_not() -> None:
    today = datetime.now().astimezone()
    assert form_values.request(filled(as_of=f"{today:%Y-%m-%d}")).as_of is not None
    later = today + timedelta(days=1)
    with pytest.raises(AppError, match="is yet to come"):
        form_values.request(filled(as_of=f"{later:%Y-%m-%d}"))
