"""The model of the settings and all that is made from it are equal: page, job file, sentences."""

import json
from pathlib import Path

import pytest

from core.jobs.job_spec import JobSpec
from core.settings import config, presets, reference
from core.settings.config import SETTINGS, TrainConfig
from core.settings.fields import Group
from core.types import setting_names

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_made_from_the_model() -> None:
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == reference.page(), "run: python -m core.settings.reference > docs/settings.md"


def test_a_job_file_holds_every_setting_and_reads_back(tmp_path: Path) -> None:
    chosen = presets.named("thorough", seed=5, balance="augmentation", balance_target=40)
    spec = JobSpec(kind="train", classes=(), samples=(), config=chosen)
    spec.write(tmp_path)
    written = json.loads((tmp_path / "job.json").read_text())["config"]
    assert list(written) == list(SETTINGS)
    assert JobSpec.read(tmp_path).config == chosen


def test_a_job_file_of_an_earlier_version_still_reads(tmp_path: Path) -> None:
    old = {
        "preset": "balanced", "backbone": "mobilenetv2_100", "init": "imagenet", "epochs": 10,
        "freeze": 3, "patches": 0.5, "blends": 0.25, "holes": 0.1, "averaged": 3.0, "warmup": 2.0,
        "views": 9, "taps": 3, "fold_source": "authors", "balance": "none",
    }  # fmt: skip
    document = {
        "format": 1, "kind": "train", "classes": [], "samples": [], "config": old,
        "workspace": "../..", "threads": 1, "at_once": None, "hardware": None,
    }  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(document))
    read = JobSpec.read(tmp_path).config
    assert (read.frozen_stages, read.cutmix, read.mixup, read.erasing) == (3, 0.5, 0.25, 0.1)
    assert (read.ema_epochs, read.warmup_epochs, read.tta_views) == (3.0, 2.0, 9)
    assert (read.intermediate_blocks, read.folds_by, read.balance) == (3, "authors", "none")


def test_earlier_names_lead_to_settings_and_are_none_themselves() -> None:
    assert set(setting_names.EARLIER.values()) <= set(SETTINGS)
    assert not set(setting_names.EARLIER) & set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_words_and_a_default_within_its_bounds(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.title and setting.description.endswith(".")
    assert TrainConfig.model_validate({name: setting.default}) == TrainConfig()
    if setting.kind in (int, float) and not setting.choices:
        assert setting.low is not None
    assert setting.default is None or isinstance(setting.default, setting.kind)


@pytest.mark.parametrize(
    "name", [name for name, setting in SETTINGS.items() if setting.low is not None]
)
def test_bounds_hold_where_they_are_written(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.low is not None
    with pytest.raises(Exception, match=name) as refused:
        TrainConfig.model_validate({name: setting.kind(setting.low - 1)})
    assert setting.rule in str(refused.value)


def test_words_for_people_hide_folders() -> None:
    assert SETTINGS["init"].says("/home/ann/weights.pth") == "weights.pth"
    assert SETTINGS["balance"].says("class_weights") == "Class weights"
    assert SETTINGS["backbone"].says("mobilenetv2_100") == "MobileNetV2"
    assert SETTINGS["patience"].label == "Patience, epochs"
    assert SETTINGS["frozen_stages"].label == "Frozen stages"


def test_changed_settings_are_checked_again() -> None:
    made = TrainConfig()
    assert made.changed(epochs=3.0).epochs == 3
    with pytest.raises(Exception, match="epochs must lie"):
        made.changed(epochs=-1)


def test_groups_hold_what_a_form_shows_first() -> None:
    first = [name for name, setting in SETTINGS.items() if setting.group is Group.BASIC]
    assert first == ["preset", "backbone", "init"]
    assert config.from_dict({"holes": 0.5}).erasing == 0.5
