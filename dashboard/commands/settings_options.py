"""The options of `train` and `protocol` that are settings: made from their model, when needed.

Building them loads the model, so that happens when one of these commands is run or explained,
not when `ai-mpox --help` lists all commands.
"""

import enum
import functools
import inspect
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from core.settings.fields import Setting

_GIVEN = "settings given on the command line"
_PROTOCOL = ("backbone", "init", "seed", "epochs", "image_size")
"""What the published recipe leaves open."""


class SettingsCommand(TyperCommand):
    """A command with an option for every setting of a training run."""

    names: tuple[str, ...] | None = None
    """Which settings; None: all that a person chooses."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters, then the settings."""
        *own, help_option = super().get_params(ctx)
        return [*own, *_parameters(self.names), help_option]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what was given is kept for `given`."""
        values = {setting.name: ctx.params.pop(setting.name) for setting in _parameters(self.names)}
        ctx.meta[_GIVEN] = {
            name: value.value if isinstance(value, enum.Enum) else value
            for name, value in values.items()
            if value is not None
        }
        return super().invoke(ctx)


class ProtocolCommand(SettingsCommand):
    """A command with options for what the published recipe leaves open."""

    names = _PROTOCOL


def given(ctx: typer.Context) -> dict[str, Any]:
    """Return name -> value of the settings that a person has named on the command line."""
    return dict(ctx.meta[_GIVEN])


@functools.cache
def _parameters(names: tuple[str, ...] | None) -> tuple[Any, ...]:
    """Return the options as Typer makes them from a function's signature."""
    from core.settings.config import SETTINGS
    from core.settings.fields import Group

    chosen = [
        setting
        for name, setting in SETTINGS.items()
        if (setting.group is not Group.PROTOCOL if names is None else name in names)
    ]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_function(chosen, defaults=names is None))
    return tuple(typer.main.get_command(app).params)


def _function(settings: "Collection[Setting]", *, defaults: bool) -> Callable[..., None]:
    def options(**values: Any) -> None:
        """Take the settings as keywords."""

    parameters = [
        inspect.Parameter(
            setting.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_annotation(
                setting, _default(setting) if defaults and setting.kind is not bool else ""
            ),
        )
        for setting in settings
    ]
    options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    options.__annotations__ = {}
    return options


def _annotation(setting: "Setting", default: str) -> Any:
    """Return a setting's type and words; its bounds are checked by the model, in a sentence."""
    option = typer.Option(
        setting.option,
        metavar=_metavar(setting),
        help=setting.description,
        show_default=default or False,
    )
    kind: Any = setting.kind
    return Annotated[kind | None, option]


def _metavar(setting: "Setting") -> str | None:
    if setting.choices and not setting.open:
        return "|".join(map(str, setting.choices))
    if setting.kind is str:
        return setting.metavar
    if setting.kind is bool:
        return None
    return setting.unit.upper() or ("N" if setting.kind is int else "X")


def _default(setting: "Setting") -> str:
    from core.settings import presets

    if setting.name in presets.DECIDED:
        return "as the preset"
    return setting.empty if setting.default is None or setting.empty else str(setting.default)
