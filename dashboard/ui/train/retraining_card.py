"""The setting that lets the workspace train again by itself."""

from typing import Any

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.services.runs import retraining
from dashboard.services.runs.retraining import Retraining
from dashboard.ui.shared import amounts, events
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.events import LAST

SENTENCE = (
    "With the settings of the newest run that does not leak, never while another one is under way; "
    "the new model is used only when you say so."
)


class RetrainingCard:
    """Handlers and components; what is set is kept at once."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        with gr.Column(elem_id="retrain", elem_classes=["card"]):
            with gr.Row():
                self.on = gr.Checkbox(label="Train again by itself", elem_id="retrain-on")
                self.after = gr.Number(
                    value=retraining.USUAL,
                    label="After so many changed samples",
                    precision=0,
                    elem_id="retrain-after",
                )
            self.words = gr.Markdown(elem_id="retrain-now")
            self.kept = gr.State(None)
            """The number as it was drawn last: a person may be typing another one."""

    def listen(self, clock: Clock) -> None:
        """Follow the ledger and the runs; keep what a person sets."""
        shown = [self.on, self.after, self.words, self.kept]
        clock.on(["runs", "samples"], self.show, shown, self.kept)
        keep = events.shown(self.keep)
        for event in (self.on.input, self.after.submit, self.after.blur):
            kept = event(keep, [self.on, self.after], self.words, **LAST)
            # What was refused, or never arrived, does not stay on the screen.
            kept.failure(self.show, None, shown, **LAST)

    def show(self, kept: int | None = None) -> tuple[Any, ...]:
        """Return the setting, and how far it is from its next run; `kept` is drawn already."""
        now = retraining.read(self.ctx.workspace)
        after = gr.skip() if now.after in (None, kept) else now.after
        on = now.after is not None
        return on, after, words(now, self.ctx.retrainer.problem), now.after

    def keep(self, on: bool, after: float | None) -> str:
        """Keep the setting. Raises AppError for a number that is not possible."""
        retraining.choose(self.ctx.workspace, int(after or 0) if on else None)
        return words(retraining.read(self.ctx.workspace), self.ctx.retrainer.problem)


def words(now: Retraining, problem: str) -> str:
    """Return the rule, how far it is, and why the last run did not start."""
    lines = [events.md(SENTENCE), events.md(how_far(now))]
    if problem:
        lines.append(f"> ✕ {events.md(problem)}")
    return "\n\n".join(lines)


def how_far(now: Retraining) -> str:
    """Return how many samples have changed, and which run the next one is like."""
    if now.like is None:
        return "It begins to count when a first run has ended."
    changed = f"{amounts.count(now.changed, 'sample')} changed since the newest run."
    if now.after is None:
        return changed
    return f"{changed} The next one takes the settings of run {now.like.number}."
