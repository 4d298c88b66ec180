"""What tabs that are made of panels build themselves in; it goes away with the last panel."""

import functools
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from core.errors import AppError
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.schemas.balance import BalanceChoice
from dashboard.ui.shared.clock import Clock


class Page:
    """Lets handlers answer the events of panels; what they refuse is told, wherever it was asked.

    To be made inside the Blocks, before the tabs.
    """

    def __init__(self, ctx: AppContext, clock: Clock) -> None:
        self.clock = clock
        self.balance_choice = gr.BrowserState(
            BalanceChoice().model_dump(mode="json"), storage_key="ai-mpox-plan", secret="ai-mpox"
        )
        self._refusal = gr.HTML(
            value=None,
            html_template="",
            js_on_load=ctx.assets.mount("shared/refusal.js"),
            apply_default_css=False,
            elem_id="refusal",
        )

    def on(
        self, listener: Callable[..., Any], handler: Callable[..., Any], *outputs: gr.HTML
    ) -> None:
        """Let `handler` return what `outputs` show from the event on.

        It neither waits in the queue nor draws a spinner. An AppError leaves the outputs as they
        are and comes up as a notice (Gradio itself shows none for what passes its queue).
        """

        @functools.wraps(handler)
        def answer(*sent: Any) -> tuple[Any, ...]:
            try:
                shown = handler(*sent)
            except AppError as error:
                # The time makes the same refusal, told twice, two values.
                refusal = {**feedback.error_json(error), "at": time.monotonic_ns()}
                return *[gr.skip()] * len(outputs), refusal
            return *(shown if len(outputs) > 1 else (shown,)), gr.skip()

        listener(
            answer,
            None,
            [*outputs, self._refusal],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
