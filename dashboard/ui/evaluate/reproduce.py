"""A part of Evaluate: a published protocol, reproduced with its leak and without."""

from pathlib import PurePath

import gradio as gr

from core.settings import limits
from core.settings.config import TrainConfig
from core.types import Run, RunStatus
from dashboard.runtime.context import AppContext
from dashboard.services.runs import preflight, protocol
from dashboard.ui.evaluate import protocol_card
from dashboard.ui.shared import panel
from dashboard.ui.shared.page import Page

_UNDECIDED = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.INTERRUPTED)
"""Of such a run a score may still come."""


class Reproduction:
    """Handlers; each returns the card."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self) -> str:
        """Return where the reproduction stands; test scores only when a person asks."""
        workspace = self.ctx.workspace
        if preflight.trainable(workspace).images == 0:
            return ""
        settings, like = protocol.settings(workspace)
        cost = _with_what(settings, like), protocol.cost(self.ctx.estimates, settings)
        pair = protocol.newest(workspace)
        if pair is None:
            return protocol_card.invitation(*cost)
        if any(run.status in _UNDECIDED for run in pair.both):
            return protocol_card.waiting(
                pair, {run.id: self.ctx.trainer.live(run) for run in pair.both}
            )
        return protocol_card.ended(pair, *cost)

    def act(self, event: gr.EventData) -> str:
        """Start both runs, or open both test scores."""
        workspace = self.ctx.workspace
        settings, like = protocol.settings(workspace)
        pair = protocol.newest(workspace)
        if panel.sent(event).get("do") == "show" and pair is not None:
            found = protocol.compare(workspace, pair)
            cost = protocol.cost(self.ctx.estimates, settings)
            return protocol_card.shown(found, _with_what(settings, like), cost)
        protocol.start(self.ctx.trainer, settings)
        return self.show()


def _with_what(settings: TrainConfig, like: Run | None) -> str:
    name = limits.network_name(settings.backbone)
    weights = {"imagenet": "ImageNet weights", "random": "random weights"}.get(
        settings.init, PurePath(settings.init).name
    )
    same = "" if like is None else f", as run {like.number}"
    return f"Network: {name} from {weights}{same}."


def build(ctx: AppContext, page: Page) -> None:
    """Add the card below what is there already."""
    card = Reproduction(ctx)
    space = panel.build(ctx, "protocol", parts=["report_table", "protocol_table", "poll"], value="")
    page.on(space.show, card.show, space)
    page.on(space.tick, card.show, space)
    page.on(space.act, card.act, space)
