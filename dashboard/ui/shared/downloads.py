"""A button that makes a file and hands it over at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from dashboard.ui.shared.events import ONCE, shown


def button(label: str, make: Callable[..., Path], inputs: Any = None, *, elem_id: str) -> gr.Button:
    """Return a button; a press writes the file of `make` and lets the browser save it.

    A `gr.DownloadButton` alone hands over the file that it has before it is pressed. So a hidden
    one gets the file first and is pressed then.
    """
    press = gr.Button(label, size="sm", scale=0, min_width=140, elem_id=elem_id)
    file = gr.DownloadButton(elem_id=f"{elem_id}-file", elem_classes=["unseen"])
    made = press.click(shown(make), inputs, file, **ONCE)
    made.success(None, None, None, js=f"() => document.getElementById('{elem_id}-file').click()")
    return press
