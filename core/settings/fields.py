"""How a setting is described: one `Field` holds its words, unit, bounds, default and choices."""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

SHARE = "share"
"""The unit of a part of one: between 0 and 1."""


class Group(StrEnum):
    """Where a form shows a setting."""

    BASIC = "basic"
    ADVANCED = "advanced"
    FOLDS = "folds"
    """With cross-validation and the search for settings."""
    PROTOCOL = "protocol"
    """Nowhere: `ai-mpox protocol` sets it."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a form, an option, the reference page and an error say about one setting."""

    name: str
    title: str
    description: str
    unit: str
    group: Group
    kind: type
    """int, float, bool or str."""
    default: Any
    optional: bool
    """Whether it may be left empty (None)."""
    low: float | None
    high: float | None
    above: bool
    """Whether it must be above `low` instead of at least `low`."""
    below: bool
    """Whether it must be below `high` instead of at most `high`."""
    choices: Mapping[Any, str]
    """Value -> its name for people; empty where there is nothing to choose from."""
    open: bool
    """Whether other values than the choices can be typed."""
    option: str
    """On the command line, with its dashes."""
    metavar: str
    """What stands for the value of an open choice on the command line."""
    empty: str
    """What is taken where nobody names a value, where that is not `default`."""
    rule: str
    """What a value must be: the end of a sentence that begins with the setting's name."""

    @property
    def label(self) -> str:
        """The title with its unit, as a form shows it."""
        named = not self.unit or self.unit.removesuffix("s") in self.title.lower()
        return self.title if named else f"{self.title}, {self.unit}"

    def says(self, value: object) -> str:
        """Return a value for people; of a path only the file's name."""
        if value is None or value == "":
            return "–"
        if isinstance(value, bool):
            return "yes" if value else "no"
        word = self.choices.get(value)
        if word is not None:
            return word
        if isinstance(value, float):
            return f"{value:g}"
        return str(value).replace("\\", "/").rsplit("/", 1)[-1]


def setting(  # noqa: PLR0913 (these are the words of one field)
    default: object,
    title: str,
    description: str,
    *,
    unit: str = "",
    group: Group = Group.ADVANCED,
    choices: Mapping[Any, str] | None = None,
    rule: str = "",
    option: str = "",
    metavar: str = "",
    empty: str = "",
    **bounds: Any,
) -> Any:
    """Return a pydantic field; `bounds` are pydantic's own (ge, gt, le, lt, min_length, strict).

    `choices` gives the values of a `Literal` or enumeration their names for people; where the
    field is a plain string they are suggestions. `rule` replaces the sentence made of the bounds,
    `option` the name on the command line that is made of the field's name.
    """
    extra = {"unit": unit, "group": group.value, "rule": rule}
    names = {str(value): label for value, label in (choices or {}).items()}
    return Field(
        default,
        title=title,
        description=description,
        json_schema_extra={
            **extra,
            "option": option,
            "metavar": metavar,
            "empty": empty,
            "labels": dict(names),
        },
        **bounds,
    )


def read(model: type[BaseModel]) -> dict[str, Setting]:
    """Return name -> description of every field of `model`, in their order."""
    return {name: _setting(name, field) for name, field in model.model_fields.items()}


def _setting(name: str, field: FieldInfo) -> Setting:
    extra = typing.cast(Mapping[str, Any], field.json_schema_extra)
    kind, values, optional = _type(field.annotation)
    labels = extra["labels"]
    low, above = _bound(field, "ge", "gt")
    high, below = _bound(field, "le", "lt")
    choices = {value: labels.get(str(value), str(value)) for value in values or labels}
    shape = (low, high, above, below)
    return Setting(
        name=name,
        title=str(field.title),
        description=str(field.description),
        unit=extra["unit"],
        group=Group(extra["group"]),
        kind=kind,
        default=field.default,
        optional=optional,
        low=low,
        high=high,
        above=above,
        below=below,
        choices=choices,
        open=bool(labels) and not values,
        option=extra["option"] or f"--{name.replace('_', '-')}",
        metavar=extra["metavar"],
        empty=extra["empty"],
        rule=extra["rule"] or _rule(shape, values, extra["unit"]),
    )


def _type(annotation: Any) -> tuple[type, tuple[Any, ...], bool]:
    """Return the plain type, the values it is limited to, and whether None is one of them."""
    if typing.get_origin(annotation) is Literal:
        values = typing.get_args(annotation)
        return type(values[0]), values, False
    if isinstance(annotation, types.UnionType):
        return typing.get_args(annotation)[0], (), True
    if issubclass(annotation, StrEnum):
        return str, tuple(annotation), False
    return annotation, (), False


def _bound(field: FieldInfo, closed: str, unclosed: str) -> tuple[float | None, bool]:
    for constraint in field.metadata:
        if getattr(constraint, closed, None) is not None:
            return getattr(constraint, closed), False
        if getattr(constraint, unclosed, None) is not None:
            return getattr(constraint, unclosed), True
    return None, False


def _rule(
    shape: tuple[float | None, float | None, bool, bool], values: tuple[Any, ...], unit: str
) -> str:
    low, high, above, below = shape
    unit = "" if unit == SHARE else unit
    if values:
        return f"must be one of {', '.join(str(value) or 'nothing' for value in values)}"
    if low is None:
        return "must be given"
    if high is None:
        return f"must be at least {low:g} {unit.removesuffix('s') if low == 1 else unit}".rstrip()
    if above or below:
        return (
            f"must be {'above' if above else 'at least'} {low:g} "
            f"and {'below' if below else 'at most'} {high:g}"
        )
    return f"must lie between {low:.10g} and {high:.10g} {unit}".rstrip()
