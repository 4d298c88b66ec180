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


def component(one: Setting, value: Any = None, **look: Any) -> Any:
    """Return the component of a setting with its default, or with `value`.

    Numbers have no bounds in the browser: what is wrong with one is said by the model, in words.
    """
    words: dict[str, Any] = {
        "label": one.label,
        "info": one.description,
        "value": one.default if value is None else value,
        "elem_id": f"field-{one.name}",
        **look,
    }
    if one.kind is bool:
        return gr.Checkbox(**words)
    if one.choices:
        choices = [(label, _plain(choice)) for choice, label in one.choices.items()]
        words["value"] = _plain(words["value"])
        if one.open:
            return gr.Dropdown(choices, allow_custom_value=True, filterable=True, **words)
        return gr.Radio(choices, **words) if len(choices) <= _FEW else gr.Dropdown(choices, **words)
    if one.unit == SHARE:
        return gr.Slider(0, 1, step=_SHARE_STEP, **words)
    whole = one.kind is int
    if whole and one.high is not None and one.high <= _SHORT:
        return gr.Slider(one.low or 0, one.high, step=1, **words)
    return gr.Number(step=1 if whole else _FINE, placeholder=one.empty or None, **words)


def _plain(choice: Any) -> Any:
    """Return the value of an enumeration, which the browser knows as text."""
    return getattr(choice, "value", choice)


def changes(values: Mapping[str, Any], known: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the settings that a person has given; an emptied number counts as not given."""
    return {
        name: _meant(known[name], value)
        for name, value in values.items()
        if name in known and (known[name].optional or value not in (None, ""))
    }


def _meant(one: Setting, value: Any) -> Any:
    """Return the value of a choice whose name for people was typed; else what was given."""
    if not one.open:
        return value
    typed = str(value).strip()
    return next((choice for choice, label in one.choices.items() if label == typed), typed)
