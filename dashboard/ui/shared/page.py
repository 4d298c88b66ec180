"""What the tabs of one page share."""

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.schemas.balance import BalanceChoice
from dashboard.ui.shared.clock import Clock


class Page:
    """The clock, and what one tab leaves for another. To be made inside the Blocks."""

    def __init__(self, ctx: AppContext) -> None:
        self.clock = Clock(ctx)
        self.balance_choice = gr.BrowserState(
            BalanceChoice().model_dump(mode="json"), storage_key="ai-mpox-plan", secret="ai-mpox"
        )
        """The plan of Balance, on its way to the training form."""
