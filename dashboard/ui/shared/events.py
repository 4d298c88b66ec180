"""How listeners answer: errors that people read, text that is only text."""

import functools
import html
import re
from collections.abc import Callable
from typing import Any

import gradio as gr

from core.errors import AppError

_QUIET: dict[str, Any] = {
    "concurrency_limit": None,
    "show_progress": "hidden",
    "show_progress_on": [],
    "api_visibility": "private",
}
"""Neither waits for others nor draws a spinner over its outputs.

The empty `show_progress_on` matters beside `hidden`: at each step of each event, Gradio's page
updates all components that ever had a progress state, half a second of JavaScript with our 200.
"""

ONCE: dict[str, Any] = {**_QUIET, "trigger_mode": "once"}
"""Keywords of a listener to presses: a second press before the answer is the same press."""

LAST: dict[str, Any] = {**_QUIET, "trigger_mode": "always_last"}
"""Keywords of a listener that follows a value: another value before the answer is followed by one
more call, so that what is shown belongs to the last one. With "once" Gradio would not call again.
"""

EACH: dict[str, Any] = {**_QUIET, "trigger_mode": "multiple"}
"""Keywords of a listener that takes an event's data, or of which every call counts: Gradio calls
again at once. With "always_last" it would answer the first event's data twice.
"""


def turns(at_once: int, shown_on: Any) -> dict[str, Any]:
    """Return keywords of a listener that takes its turn: so many at once, whoever asks.

    The others hold neither a thread nor one of Gradio's forty places for running events. `shown_on`
    is the component over which a person reads how many come first, and the seconds.
    """
    return {
        **EACH,
        "concurrency_limit": at_once,
        "show_progress": "full",
        "show_progress_on": [shown_on],
    }


ERROR_SECONDS = 12
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$^:>])")


def entered(control: Any) -> Any:
    """Return the event of a control in which a person has typed, pasted or chosen something.

    Gradio's text box calls `input` for keys alone, not for what is pasted, cut or deleted. Its
    `change` also comes after a handler has written the box.
    """
    return control.change if isinstance(control, gr.Textbox) else control.input


def shown(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler whose AppError comes up as a toast and leaves the outputs as they are.

    The listener must go through Gradio's queue (its default): Gradio shows no error of an event
    that passes it. What follows it is attached to `success` or `failure`, because Gradio's page
    calls no `then` after an error. A toast is read as HTML, so the sentence is escaped. Anything
    but an AppError is a bug and stays loud.
    """

    @functools.wraps(handler)
    def answer(*values: Any) -> Any:
        try:
            return handler(*values)
        except AppError as error:
            raise refusal(error) from error

    answer.may_refuse = True  # type: ignore[attr-defined]  # asked by tests/dashboard/server
    return answer


def refusal(error: AppError) -> gr.Error:
    """Return what a listener raises to show an error as a toast."""
    return gr.Error(html.escape(sentence(error)), duration=ERROR_SECONDS, print_exception=False)


def sentence(error: AppError) -> str:
    """Return what happened and what to do, as one text."""
    return " ".join(part for part in (error.message, error.hint) if part)


def info(text: str) -> None:
    """Show a short line at the edge of the page."""
    gr.Info(html.escape(text))


def md(text: object) -> str:
    """Return what a person has typed as text for a `gr.Markdown`: nothing in it is markup."""
    plain = _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))
    return plain.replace("&", "&amp;").replace("<", "&lt;")
