"""A part of Evaluate: a published protocol, reproduced with its leak and without."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from pandas.io.formats.style import Styler

from core.settings.config import TrainConfig
from core.types import RunId, RunStatus
from dashboard.runtime.context import AppContext
from dashboard.services.runs import preflight, protocol, protocol_tables
from dashboard.ui.evaluate import protocol_table, protocol_text
from dashboard.ui.shared.confirmation import Confirmation
from dashboard.ui.shared.events import ONCE, shown
from dashboard.ui.shared.page import Page

_UNDECIDED = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.INTERRUPTED)
"""Of such a run a score may still come."""


class Reproduction:
    """Handlers; their outputs are the card, its words and its two buttons."""

    def __init__(self, ctx: AppContext, starting: Confirmation, showing: Confirmation) -> None:
        self.ctx = ctx
        self.starting = starting
        self.showing = showing

    def show(self) -> tuple[Any, ...]:
        """Return where the reproduction stands; test scores only when a person asks."""
        workspace = self.ctx.workspace
        if preflight.trainable(workspace).images == 0:
            return gr.update(visible=False), "", gr.skip(), gr.skip(), gr.skip()
        pair = protocol.newest(workspace)
        under_way = pair is not None and any(run.status in _UNDECIDED for run in pair.both)
        start = protocol_text.REPRODUCE if pair is None else protocol_text.AGAIN
        return (
            gr.update(visible=True),
            self._state(),
            gr.update(visible=not under_way, value=start),
            gr.update(visible=pair is not None and pair.measured and not under_way),
            gr.update(visible=under_way),
        )

    def ask_start(self) -> tuple[Any, ...]:
        """Ask before two runs are queued."""
        settings, like = protocol.settings(self.ctx.workspace)
        cost = protocol.cost(self.ctx.estimates, settings)
        with_what = protocol_text.network(settings, like)
        return self.starting.ask(
            protocol_text.start_question(with_what, cost), settings.model_dump(mode="json")
        )

    def start(self, settings: Mapping[str, Any]) -> tuple[Any, ...]:
        """Queue both runs with the settings that the question named."""
        protocol.start(self.ctx.trainer, TrainConfig.model_validate(settings))
        return self.show()

    def ask_show(self) -> tuple[Any, ...]:
        """Ask before both test scores are opened."""
        pair = protocol.newest(self.ctx.workspace)
        if pair is None:
            return self.showing.close()
        ids = tuple(run.id for run in pair.both)
        return self.showing.ask(protocol_text.show_question(pair), ids)

    def scores(self, runs: Sequence[RunId]) -> tuple[Any, str, Styler | None, Styler | None]:
        """Open both test scores, which is counted for both runs."""
        published, honest = (self.ctx.trainer.get(run) for run in runs)
        pair = protocol.Pair(published=published, honest=honest)
        compared = protocol.compare(self.ctx.workspace, pair)
        return (
            gr.update(visible=True),
            protocol_text.scores(compared),
            protocol_table.overall(protocol_tables.overall(compared)),
            protocol_table.by_class(protocol_tables.by_class(compared)),
        )

    def _state(self) -> str:
        """Return how far both runs are, or what a start would take, as Markdown."""
        workspace = self.ctx.workspace
        pair = protocol.newest(workspace)
        if pair is not None and any(run.status in _UNDECIDED for run in pair.both):
            live = {run.id: self.ctx.trainer.live(run) for run in pair.both}
            return protocol_text.progress(pair, live)
        settings, like = protocol.settings(workspace)
        cost = protocol.cost(self.ctx.estimates, settings)
        words = f"{protocol_text.network(settings, like)} {protocol_text.duration(cost)}"
        return words if pair is None else f"{protocol_text.ended(pair)}\n\n{words}"


def build(ctx: AppContext, page: Page) -> None:
    """Add the card below what is there already."""
    with gr.Column(visible=False, elem_id="protocol", elem_classes=["card"]) as card:
        gr.Markdown(f"{protocol_text.TITLE}\n\n{protocol_text.RECIPE}")
        state = gr.Markdown(elem_id="protocol-state")
        with gr.Row(elem_classes=["actions"]):
            start = gr.Button(protocol_text.REPRODUCE, scale=0, elem_id="protocol-start")
            show = gr.Button(
                "Show both test scores", variant="primary", scale=0, elem_id="protocol-show"
            )
            train = gr.Button(
                "Watch, stop or resume them", link="/?tab=train", link_target="_self", scale=0
            )
        starting = Confirmation("Train both", elem_id="protocol-starting")
        showing = Confirmation("Open test", elem_id="protocol-showing")
        with gr.Column(visible=False, elem_id="protocol-scores") as scores:
            words = gr.Markdown(elem_id="protocol-finding")
            overall = gr.Dataframe(interactive=False, show_label=False, elem_id="protocol-table")
            with gr.Accordion("Each class", open=False):
                by_class = gr.Dataframe(
                    interactive=False, show_label=False, max_height=600, elem_id="protocol-classes"
                )

    part = Reproduction(ctx, starting, showing)
    where = [card, state, start, show, train]
    page.clock.on(["runs", "samples"], part.show, where)
    start.click(shown(part.ask_start), None, starting.outputs, **ONCE)
    show.click(shown(part.ask_show), None, showing.outputs, **ONCE)
    starting.agreed(part.start, None, where)
    showing.agreed(part.scores, None, [scores, words, overall, by_class])
