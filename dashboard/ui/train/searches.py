"""A part of Train: searches for settings, and training with what they found."""

from collections.abc import Callable

import gradio as gr

from core.jobs.trials import Trial
from core.types import Run
from dashboard.runtime.context import AppContext
from dashboard.services.runs import searches
from dashboard.services.runs.progress import LiveRun
from dashboard.ui.shared import markup, panel
from dashboard.ui.shared.page import Page
from dashboard.ui.train import trials_table


class Searches:
    """Handlers; each returns cards of searches, or nothing before the first."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self) -> str:
        """Return the search under way, or the newest one: how far it is, what it has found."""
        first = searches.known(self.ctx.workspace)[:1]
        return "".join(trials_table.html(*self._told(run)) for run in first)

    def earlier(self) -> str:
        """Return the other searches."""
        others = searches.known(self.ctx.workspace)[1:]
        return trials_table.earlier([self._told(run) for run in others])

    def both(self) -> tuple[str, str]:
        """Return the search that matters now, and the others."""
        return self.show(), self.earlier()

    def act(self, event: gr.EventData) -> str:
        """Queue a run with the settings of a trial; say so above the search that matters now."""
        sent = panel.sent(event)
        run = self.ctx.trainer.get(str(sent.get("run", "")))
        trial = int(sent.get("trial") or 0)
        queued = searches.train(self.ctx.workspace, self.ctx.trainer, run, trial)
        said = (
            f"Run {queued.number} is queued with the settings of trial {trial + 1} of run "
            f"{run.number}."
        )
        return markup.notice("good", said) + self.show()

    def _told(self, run: Run) -> tuple[Run, list[Trial], LiveRun]:
        found = searches.ranked(searches.of(self.ctx.workspace, run))
        return run, found, self.ctx.trainer.live(run)


def build(
    ctx: AppContext, page: Page, form: gr.HTML
) -> tuple[Callable[[], tuple[str, str]], gr.HTML, gr.HTML]:
    """Add the cards; what the form starts may be a search. Return what draws them, and where."""
    cards = Searches(ctx)
    parts = ["report_table", "trials_table"]
    space = panel.build(ctx, "search", parts=[*parts, "poll"], value="")
    others = panel.build(ctx, "searches", parts=parts, value="")
    page.on(space.show, cards.both, space, others)
    page.on(form.started, cards.both, space, others)
    # What a person has unfolded among the others stays open.
    page.on(space.tick, cards.show, space)
    page.on(space.act, cards.act, space)
    page.on(others.act, cards.act, space)
    return cards.both, space, others
