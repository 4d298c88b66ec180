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
        for setting in SETTINGS.values():
            if setting.group is group:
                yield _row(setting)
        yield ""


def _row(setting: Setting) -> str:
    option = "" if setting.group is Group.PROTOCOL else f"`{setting.option}`"
    default = setting.empty or setting.says(setting.default)
    words = f"**{setting.title}.** {setting.description}"
    return f"| `{setting.name}` | {option} | {_values(setting)} | {default} | {words} |"


def _values(setting: Setting) -> str:
    if setting.kind is bool:
        return "on or off"
    if setting.choices:
        named = ", ".join(f"`{value}`" for value in setting.choices if value != "")
        return f"{named}, or another" if setting.open else named
    first = f"{'above ' if setting.above else ''}{setting.low:.10g}"
    if setting.high is None:
        return f"{first} or more {setting.unit}".rstrip()
    return (
        f"{first} to {'below ' if setting.below else ''}{setting.high:.10g} {setting.unit}".rstrip()
    )


def _presets() -> Iterator[str]:
    yield "## Presets\n"
    yield "The values that differ from the defaults.\n"
    yield "| preset | from pretrained weights | from random weights |"
    yield "|---|---|---|"
    for name in limits.PRESETS:
        pretrained, random = (_differences(name, init) for init in ("imagenet", "random"))
        yield f"| *{name}* | {pretrained} | {random} |"
    yield ""


def _differences(name: str, init: str) -> str:
    made = presets.named(name, init=init)
    return ", ".join(
        f"`{setting.name}` {setting.says(getattr(made, setting.name))}"
        for setting in SETTINGS.values()
        if setting.name in presets.DECIDED and getattr(made, setting.name) != setting.default
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
