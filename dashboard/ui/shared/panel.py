"""One piece of a tab: HTML made in Python, actions reported by the browser as events."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.services.curation import actor

UI = Path(__file__).parents[1]
WAITING = '<div class="waiting" aria-hidden="true"></div>'

ServerFunction = Callable[[Any], dict[str, Any]]


def build(
    ctx: AppContext,
    name: str,
    *,
    parts: Sequence[str] = (),
    functions: Sequence[ServerFunction] = (),
    value: str = WAITING,
) -> gr.HTML:
    """Return a panel whose value is HTML.

    It triggers `show` whenever it comes into sight (first visit, reload, tab change) with the
    parameters of the page's address, and `act` when something with `data-do` is pressed. `parts`
    name further style sheets and scripts beside this module; scripts run with `panel`, `element`,
    `trigger`, `server`, `props` and `watch` in reach.
    """
    return gr.HTML(
        value=value,
        html_template="${value}",
        css_template="\n".join(_read(part, "css") for part in ("panel", *parts)),
        js_on_load=f'const shared = (name) => import("{ctx.assets.url("")}" + name);\n'
        + "\n".join([_read("panel", "js"), *(_alone(_read(part, "js")) for part in parts)]),
        apply_default_css=False,
        elem_id=f"panel-{name}",
        elem_classes=["panel"],
        server_functions=list(functions),
    )


def _alone(script: str) -> str:
    """Return a script in a block: what it declares is no other part's."""
    return f"{{\n{script}}}"


def _read(name: str, suffix: str) -> str:
    paths = UI.glob(f"*/{name}.{suffix}")
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def sent(event: gr.EventData) -> dict[str, Any]:
    """Return what the browser sent with an event of a panel."""
    data = event._data
    return dict(data) if isinstance(data, dict) else {}


def who(payload: dict[str, Any]) -> str:
    """Return the name given in the browser, or that of the operating system's user."""
    return actor.name(str(payload.get("who") or ""))
