"""The header on every tab: the status strip, kept true by the clock."""

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.schemas import messages
from dashboard.schemas.status import StatusValue, StopRequest
from dashboard.services.browsing.stamps import TOPICS
from dashboard.ui.shared import events, status
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.status_strip.component import StatusStrip


def build(ctx: AppContext, clock: Clock) -> None:
    """Build the header."""
    actions = HeaderActions(ctx)
    strip = StatusStrip(ctx.assets)
    clock.on(TOPICS, actions.read, strip)
    strip.stop(events.shown(actions.stop), None, strip, **events.EACH)


class HeaderActions:
    """What the header shows, and what can be done from it."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx

    def read(self) -> StatusValue:
        """Return what the header shows."""
        return status.read(self._ctx)

    def stop(self, event: gr.EventData) -> StatusValue:
        """Ask a run or the import to stop; the best epoch, or what is stored already, is kept."""
        request = messages.read(StopRequest, event)
        if request.run:
            self._ctx.trainer.stop(self._ctx.trainer.get(request.run))
        else:
            self._ctx.desk.cancel()
        return self.read()
