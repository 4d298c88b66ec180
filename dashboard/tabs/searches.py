"""A part of Train: the newest search for settings, and training with what it found."""

import gradio as gr

from dashboard.components import markup, panel, trials_table
from dashboard.context import AppContext
from dashboard.page import Page
from dashboard.services import searching


class Searches:
    """Handlers; each returns the card of the newest search, or nothing before the first."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self) -> str:
        """Return how far the search is and what it has found so far."""
        run = searching.newest(self.ctx.workspace)
        if run is None:
            return ""
        found = searching.ranked(searching.of(self.ctx.workspace, run))
        return trials_table.html(run, found, self.ctx.trainer.live(run))

    def act(self, event: gr.EventData) -> str:
        """Queue a run with the settings of a trial."""
        sent = panel.sent(event)
        run = self.ctx.trainer.get(str(sent.get("run", "")))
        trial = int(sent.get("trial") or 0)
        queued = searching.train(self.ctx.workspace, self.ctx.trainer, run, trial)
        said = f"Run {queued.number} is queued with the settings of trial {trial + 1}."
        return markup.notice("good", said) + self.show()


def build(ctx: AppContext, page: Page, form: gr.HTML) -> None:
    """Add the card; what the form starts may be a search."""
    card = Searches(ctx)
    space = panel.build(ctx, "search", parts=["report_table", "trials_table", "poll"], value="")
    page.on(space.show, card.show, space)
    page.on(space.tick, card.show, space)
    page.on(space.act, card.act, space)
    page.on(form.started, card.show, space)
