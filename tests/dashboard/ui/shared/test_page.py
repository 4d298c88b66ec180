from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from core.errors import AppError
from dashboard.runtime.assets import Assets
from dashboard.ui.shared.page import Page


class Context:
    assets = Assets()


@pytest.fixture
def wired() -> Callable[..., Any]:
    """Return what Gradio would call for a handler with so many outputs."""

    def wire(handler: Callable[..., Any], outputs: int) -> Callable[..., Any]:
        found: list[Callable[..., Any]] = []
        with gr.Blocks():
            page = Page(Context(), None)  # type: ignore[arg-type]
            panels = [gr.HTML() for _ in range(outputs)]
            page.on(lambda answer, *_, **__: found.append(answer), handler, *panels)
        return found[0]

    return wire


def test_what_a_handler_returns_is_shown_and_no_refusal_told(wired: Callable[..., Any]) -> None:
    assert wired(lambda: "one", 1)() == ("one", gr.skip())
    assert wired(lambda text: (text, "two"), 2)("one") == ("one", "two", gr.skip())


def test_a_refusal_leaves_the_outputs_and_is_another_value_each_time(
    wired: Callable[..., Any],
) -> None:
    def refuse(event: object) -> str:
        raise AppError("Not now.", title="No", hint="Later.")

    answer = wired(refuse, 2)
    first, second = answer(None), answer(None)
    assert first[:2] == second[:2] == (gr.skip(), gr.skip())
    assert first[2]["error"] == {"title": "No", "message": "Not now.", "hint": "Later."}
    assert first[2] != second[2]


def test_a_bug_stays_loud(wired: Callable[..., Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        wired(lambda: 1 // 0, 1)()


def test_gradio_is_told_what_the_handler_takes(wired: Callable[..., Any]) -> None:
    def look(event: gr.EventData) -> str:
        return "seen"

    assert wired(look, 1).__wrapped__ is look  # type: ignore[attr-defined]
