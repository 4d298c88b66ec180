"""A setting as a Gradio component: chosen by its type, bounds and choices, named by its words."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from core.settings.fields import SHARE, Setting

_FEW = 3
"""So many choices lie side by side; more of them in a list."""
_SHORT = 20
"""Whole numbers up to this one are drawn on a slider."""
_SHARE_STEP = 0.05
_FINE = 0.0001
"""Of numbers with decimals, in a step of the arrow keys."""


def component(setting: Setting, value: Any = None, **look: Any) -> Any:
    """Return the component of a setting with its default, or with `value`.

    Numbers have no bounds in the browser: what is wrong with one is said by the model, in words.
    """
    words: dict[str, Any] = {
        "label": setting.label,
        "info": setting.description,
        "value": setting.default if value is None else value,
        "elem_id": f"field-{setting.name}",
        **look,
    }
    if setting.kind is bool:
        return gr.Checkbox(**words)
    if setting.choices:
        choices = [(label, _plain(choice)) for choice, label in setting.choices.items()]
        words["value"] = _plain(words["value"])
        if setting.open:
            return gr.Dropdown(choices, allow_custom_value=True, filterable=True, **words)
        return gr.Radio(choices, **words) if len(choices) <= _FEW else gr.Dropdown(choices, **words)
    if setting.unit == SHARE:
        return gr.Slider(0, 1, step=_SHARE_STEP, **words)
    whole = setting.kind is int
    if whole and setting.high is not None and setting.high <= _SHORT:
        return gr.Slider(setting.low or 0, setting.high, step=1, **words)
    return gr.Number(step=1 if whole else _FINE, placeholder=setting.empty or None, **words)


def _plain(choice: Any) -> Any:
    """Return the value of an enumeration, which the browser knows as text."""
    return getattr(choice, "value", choice)


def changes(values: Mapping[str, Any], settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the settings that a person has given; an emptied number counts as not given."""
    return {
        name: _meant(settings[name], value)
        for name, value in values.items()
        if name in settings and (settings[name].optional or value not in (None, ""))
    }


def _meant(setting: Setting, value: Any) -> Any:
    """Return the value of a choice whose name for people was typed; else what was given."""
    if not setting.open:
        return value
    typed = str(value).strip()
    return next((choice for choice, label in setting.choices.items() if label == typed), typed)
