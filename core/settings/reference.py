"""The reference page of the settings: `python -m core.settings.reference > docs/settings.md`."""

import sys
from collections.abc import Iterator, Mapping

from core.settings import limits, presets
from core.settings.config import SETTINGS
from core.settings.fields import Group, Setting
from core.types import setting_names

_TITLES: Mapping[Group, str] = {
    Group.BASIC: "What to choose first",
    Group.ADVANCED: "Advanced",
    Group.FOLDS: "Cross-validation and search",
    Group.PROTOCOL: "Set by `ai-mpox protocol` alone",
}
_INTRODUCTION = """# Settings of a training run

Made from the model in `core/settings/train_fields.py` by `python -m core.settings.reference`; the
form in *Train*, the options of `ai-mpox train` and `job.json` come from the same model. A value
that no preset names is the default.
"""


def page() -> str:
    """Return docs/settings.md."""
    return "\n".join([_INTRODUCTION, *_groups(), *_presets(), *_earlier()])


def _groups() -> Iterator[str]:
    for group, title in _TITLES.items():
        yield f"## {title}\n"
        yield "| setting | option | value | default | what it is |"
        yield "|---|---|---|---|---|"
        for one in SETTINGS.values():
            if one.group is group:
                yield _row(one)
        yield ""


def _row(one: Setting) -> str:
    option = "" if one.group is Group.PROTOCOL else f"`{one.option}`"
    default = one.empty or one.says(one.default)
    words = f"**{one.title}.** {one.description}"
    return f"| `{one.name}` | {option} | {_values(one)} | {default} | {words} |"


def _values(one: Setting) -> str:
    if one.kind is bool:
        return "on or off"
    if one.choices:
        named = ", ".join(f"`{value}`" for value in one.choices if value != "")
        return f"{named}, or another" if one.open else named
    first = f"{'above ' if one.above else ''}{one.low:.10g}"
    if one.high is None:
        return f"{first} or more {one.unit}".rstrip()
    return f"{first} to {'below ' if one.below else ''}{one.high:.10g} {one.unit}".rstrip()


def _presets() -> Iterator[str]:
    yield "## Presets\n"
    yield "The values that differ from the defaults.\n"
    yield "| preset | from pretrained weights | from random weights |"
    yield "|---|---|---|"
    for name in limits.PRESETS:
        known, nothing = (_differences(name, init) for init in ("imagenet", "random"))
        yield f"| *{name}* | {known} | {nothing} |"
    yield ""


def _differences(name: str, init: str) -> str:
    made = presets.named(name, init=init)
    return ", ".join(
        f"`{one.name}` {one.says(getattr(made, one.name))}"
        for one in SETTINGS.values()
        if one.name in presets.DECIDED and getattr(made, one.name) != one.default
    )


def _earlier() -> Iterator[str]:
    yield "## Earlier names\n"
    yield "Job files and workspaces of earlier versions are read under their old names.\n"
    yield "| earlier | today |"
    yield "|---|---|"
    for old, new in setting_names.EARLIER.items():
        yield f"| `{old}` | `{new}` |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(page())
