"""Who decides: the name that was given in the browser, or else the operating system's user."""

import gradio as gr

from core.types import spelling
from dashboard.ui.shared import status

JS = "() => localStorage.getItem('ai-mpox-name') ?? ''"
"""Puts the name into the text box that `build` returns: `button.click(None, None, box, js=JS)`."""


def build() -> gr.Textbox:
    """Return a box out of sight that brings the name to the server."""
    return gr.Textbox(visible="hidden", max_length=spelling.LONGEST_PERSON)


def name(given: str) -> str:
    """Return the name to record."""
    return spelling.plain(given)[: spelling.LONGEST_PERSON] or status.user()
