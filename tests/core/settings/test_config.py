import json

import pytest

from core.errors import AppError
from core.settings import config, limits, presets
from core.settings.config import TrainConfig
from core.types import BalanceMethod


@pytest.mark.parametrize("init", ["imagenet", "random"])
@pytest.mark.parametrize("name", limits.PRESETS)
def test_presets_survive_json(name, init):
    made = presets.named(name, init=init, seed=7)
    assert config.from_dict(json.loads(json.dumps(made.model_dump(mode="json")))) == made
    assert made.preset == name


def test_quick_fits_the_head_only_unless_the_network_knows_nothing_yet():
    assert presets.named("quick").epochs == 0
    assert presets.named("quick", init="random").epochs > 0


def test_overrides_win_over_the_preset():
    made = presets.named("balanced", epochs=3, balance="augmentation", balance_target=80)
    assert (made.epochs, made.balance, made.balance_target) == (3, BalanceMethod.AUGMENTATION, 80)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"preset": "best"}, "preset must be one of quick, balanced, thorough"),
        ({"epochs": -1}, "epochs must lie between 0 and 1000"),
        ({"epochs": 0, "init": "random"}, "at least 1 from random weights"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and at most 1"),
        ({"batch_size": 0}, "batch_size"),
        ({"image_size": 16}, "image_size must lie between 32 and 1024 pixels"),
        ({"optimizer": "sgd"}, "optimizer must be one of adamw, adam"),
        ({"augmentation": "wild"}, "augmentation must be one of none, light, strong"),
        ({"trainings": 0}, "trainings must lie between 1 and 20"),
        ({"ema_epochs": -1.0}, "ema_epochs must lie between 0 and 100 epochs"),
        ({"erasing": 1.5}, "erasing must lie between 0 and 1"),
        ({"cutmix": 0.6, "mixup": 0.6}, "cutmix and mixup must be at most 1 together"),
        ({"folds": 1}, "folds must be 0, or between 2 and 20"),
        ({"search": 1}, "search must be 0, or between 2 and 200"),
        ({"fold_everything": True}, "fold_everything needs folds"),
        ({"trainings": 2, "init": "random"}, "trainings must be 1 from random weights"),
        ({"batch_size": 1, "init": "random"}, "batch_size must be at least 2 from random weights"),
        (
            {"batch_size": 2, "init": "random", "devices": 2},
            "batch_size must be at least 4 from random weights",
        ),
        ({"tta_views": 3}, "tta_views must be one of 1, 2, 9"),
        ({"balance_target": 0}, "balance_target must be at least 1 image"),
    ],
)
def test_a_setting_that_cannot_work_is_named(wrong, message):
    with pytest.raises(AppError, match=message):
        TrainConfig(**wrong)


@pytest.mark.parametrize(
    "raw", [{"colour": 1}, {"epochs": "many"}, {"balance": "luck"}, {"seed": True}, {"seed": 0.5}]
)
def test_a_broken_settings_file_is_refused_in_a_sentence(raw):
    with pytest.raises(AppError, match=next(iter(raw))):
        config.from_dict(raw)


def test_an_unknown_preset_is_refused():
    with pytest.raises(AppError, match="no preset 'fast'"):
        presets.named("fast")


def test_trainings_begin_after_the_epochs_of_the_one_before():
    made = presets.named("balanced", epochs=3, trainings=2)
    assert made.all_epochs == 6
    assert [epoch for epoch in range(1, 8) if made.begins(epoch)] == [1, 4, 7]


def test_authors_folds_need_no_number_to_fold_everything():
    assert TrainConfig(fold_everything=True, folds_by="authors").folds == 0


def test_a_network_that_knows_pictures_may_see_one_at_a_time_and_train_twice():
    made = TrainConfig(batch_size=1, devices=2, trainings=2)
    assert (made.batch_size, made.trainings) == (1, 2)
