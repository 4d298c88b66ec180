"""What the training form holds, read as the settings of a run; what it keeps in the browser."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.errors import AppError, SettingImpossible
from core.settings import presets
from core.settings.config import SETTINGS, TrainConfig
from core.settings.fields import Group
from core.settings.limits import MIN_FOLDS, MIN_TRIALS, PRESETS
from core.types import dates
from dashboard.ui.train import setting_field

Mode = Literal["train", "folds", "search"]
Values = Mapping[str, Any]
"""Name of a field -> what stands in it."""

FORM = {name: setting for name, setting in SETTINGS.items() if setting.group is not Group.PROTOCOL}
"""What the form offers."""
PRESET_DECIDES = tuple(name for name in FORM if name in presets.DECIDED)
ADVANCED = tuple(
    name
    for name, setting in FORM.items()
    if setting.group is Group.ADVANCED and name != "image_size"
)
"""What a preset may take back; the size of images goes with the network."""
FIRST = "balanced imagenet"
"""The beginning that the form opens with: preset and kind of initial weights."""
SPLITS = {"patient": "By patient", "author": "Authors' fold", "image": "By image (leaks)"}
FOLDS, TRIALS = 5, 8
"""What the form begins with, where a run without folds or trials has none."""
_KINDS = ("imagenet", "random")
_FOLDED = tuple(name for name, setting in FORM.items() if setting.group is Group.FOLDS)


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """A run that a person wants: its settings and how to split."""

    config: TrainConfig
    split: str = "patient"
    allow_leak: bool = False
    as_of: datetime | None = None
    """Train on the labels of that moment; None: on those of now."""


def request(values: Values, mode: Mode = "train") -> StartRequest:
    """Return what the form asks for. Raises AppError where that is impossible."""
    given = setting_field.changes({**values, **_folding(values, mode)}, FORM)
    preset = str(given.pop("preset", "balanced"))
    split = str(values.get("split") or "patient")
    if split == "author":
        split = f"author:{int(values.get('author_fold') or 1)}"
    try:
        config = presets.named(preset, **given)
    except SettingImpossible as impossible:
        raise in_words(impossible) from impossible
    return StartRequest(
        config=config,
        split=split,
        allow_leak=leaks(values) and values.get("allow_leak") is True,
        as_of=day(values.get("as_of")),
    )


def day(text: object) -> datetime | None:
    """Return the end of a day as the browser writes it; None for nothing. Raises AppError."""
    return dates.as_of(str(text)) if text else None


def in_words(impossible: SettingImpossible) -> AppError:
    """Return the refusal with the setting called as on the screen."""
    return AppError(
        f"“{SETTINGS[impossible.setting].label}” {impossible.rule}.",
        title=impossible.title,
        hint=impossible.hint,
    )


def _folding(values: Values, mode: Mode) -> dict[str, Any]:
    """Return what the pressed button makes of the fields for many networks."""
    defaults = {name: SETTINGS[name].default for name in _FOLDED}
    folds_by = values.get("folds_by") or "patient"
    if mode == "folds":
        # The authors' table says how many folds there are.
        folds = 0 if folds_by == "authors" else _count(values, "folds", MIN_FOLDS)
        everything = values.get("fold_everything") is True
        return {**defaults, "folds_by": folds_by, "folds": folds, "fold_everything": everything}
    if mode == "search":
        return {**defaults, "folds_by": folds_by, "search": _count(values, "search", MIN_TRIALS)}
    return defaults


def _count(values: Values, name: str, least: int) -> Any:
    value = values.get(name)
    if isinstance(value, int | float) and value >= least:
        return value
    setting = SETTINGS[name]
    raise AppError(
        f"“{setting.label}” must be at least {least}.",
        title="Setting not possible",
        hint="Write a number into that field.",
    )


def leaks(values: Values) -> bool:
    """Say whether a leak may have to be accepted."""
    return values.get("split") != "patient" or values.get("folds_by") == "authors"


def beginning(values: Values) -> str:
    """Return preset and kind of initial weights, of which the usual values follow."""
    return f"{values['preset']} {'random' if values['init'] == 'random' else 'imagenet'}"


def of_beginning(text: str) -> dict[str, Any]:
    """Return the values of a preset for a network with such initial weights."""
    preset, _, init = text.partition(" ")
    return presets.named(preset, init=init).model_dump(mode="json")


def kept(values: Values) -> list[str]:
    """Return the advanced settings that a person has set otherwise than the preset."""
    usual = of_beginning(beginning(values))
    return [name for name in ADVANCED if values.get(name) != usual[name]]


def followed(values: Values, before: str) -> dict[str, Any]:
    """Return what another preset, or other weights, make of the fields.

    `before` is the beginning until now: what differs from its values, a person has set.
    """
    old, new = of_beginning(before), of_beginning(beginning(values))
    return {
        name: new[name] if values.get(name) == old[name] else values.get(name)
        for name in PRESET_DECIDES
    }


def keeping(names: Sequence[str]) -> str:
    """Return the `js` of a listener that keeps the values of these fields in the browser.

    It takes them, then the draft of until now, then whether that has been put back: before, what
    stands in the fields is not yet what the person has left there.
    """
    return f"""(...values) => {{
        const [kept, opened] = values.splice(-2);
        const names = {json.dumps(list(names))};
        return opened ? Object.fromEntries(names.map((name, at) => [name, values[at]])) : kept;
    }}"""


def restored(kept_draft: object) -> dict[str, Any]:
    """Return what of a draft can be put back into the fields."""
    if not isinstance(kept_draft, Mapping) or kept_draft.get("preset") not in PRESETS:
        return {}
    if not isinstance(kept_draft.get("init"), str):
        return {}
    return {name: value for name, value in kept_draft.items() if _fits(name, value)}


def _fits(name: str, value: object) -> bool:
    if name == "split":
        return value in SPLITS
    if name == "followed":
        return value in {
            f"{preset} {kind}" for preset in PRESETS for kind in ("imagenet", "random")
        }
    setting = FORM.get(name)
    return setting is None or not setting.choices or setting.open or value in setting.choices
