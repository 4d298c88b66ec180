"""The options of `train` are the settings of the model, and arrive as they were given."""

import typer
from typer.testing import CliRunner

from core.settings.config import SETTINGS
from core.settings.fields import Group
from dashboard.cli import app
from dashboard.commands import settings_options


def offered(command: str) -> set[str]:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    context = found.context_class(found)
    return {name for one in found.get_params(context) for name in one.opts}


def test_every_setting_is_an_option_of_train() -> None:
    settings = {one.option for one in SETTINGS.values() if one.group is not Group.PROTOCOL}
    assert settings <= offered("train")
    assert len(settings) == len(SETTINGS) - 1
    own = {"--split", "--allow-leak", "--as-of", "--like", "--repeat", "--workspace", "-w"}
    assert offered("train") - settings - own == {"--json", "--help"}


def test_protocol_offers_what_the_recipe_leaves_open() -> None:
    settings = {"--backbone", "--init", "--seed", "--epochs", "--image-size"}
    assert offered("protocol") == settings | {"--show", "--workspace", "-w", "--json", "--help"}


def test_only_what_was_given_arrives_with_its_type() -> None:
    arrived: dict[str, object] = {}
    small = typer.Typer()

    @small.command(cls=settings_options.SettingsCommand)
    def train(ctx: typer.Context, split: str = "patient") -> None:
        arrived.update(settings_options.given(ctx), split=split)

    words = "--frozen-stages 2 --cutmix 0.5 --balance none --tta-views 9 --everything --split image"
    answer = CliRunner().invoke(small, words.split())
    assert answer.exit_code == 0, answer.output
    assert arrived == {
        "frozen_stages": 2,
        "cutmix": 0.5,
        "balance": "none",
        "tta_views": 9,
        "fold_everything": True,
        "split": "image",
    }


def test_the_help_says_what_the_model_says() -> None:
    shown = " ".join(CliRunner().invoke(app, ["train", "--help"]).output.split())
    for one in SETTINGS.values():
        if one.group is not Group.PROTOCOL:
            assert one.description in shown
