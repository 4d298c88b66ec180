"""Train: what can it learn from this?"""

from typing import Any

import gradio as gr

from core.errors import AppError
from core.settings.config import TrainConfig
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.runs import preflight
from dashboard.ui.shared import events, markup, panel
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.events import QUIET
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.train import network_choice, next_run, train_form
from dashboard.ui.train.comparison import Comparison
from dashboard.ui.train.live_run import LivePanel
from dashboard.ui.train.retraining_card import RetrainingCard
from dashboard.ui.train.run_card import RunCard
from dashboard.ui.train.runs_panel import RunsPanel
from dashboard.ui.train.search_panel import SearchPanel

NO_SAMPLES = "A model learns from labelled photographs, and there are none yet."


class TrainTab:
    """Handlers of the form."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def form(self) -> str:
        """Return the form, or what to do first."""
        if preflight.trainable(self.ctx.workspace).images == 0:
            return markup.empty(
                NO_SAMPLES, markup.go_to("Import photographs", "Curate"), testid="train-empty"
            )
        return train_form.html()

    def check(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what the chosen network is, and what is wrong with the settings, at once."""
        chosen, networks = train_form.parse(payload).config, self.ctx.networks
        size = chosen.image_size if train_form.names_size(payload) else None
        try:
            choice = networks.choice(chosen.backbone, size)
        except AppError as error:
            return {"unknown": feedback.error_json(error)["error"]}
        problem = preflight.weights_problem(chosen)
        measuring = networks.measuring()
        return {
            "init": None if problem is None else feedback.error_json(problem)["error"],
            "fetch": preflight.must_fetch(chosen),
            "network": {
                "backbone": choice.backbone,
                "own_size": choice.own_size,
                "facts": network_choice.facts(choice, measuring),
                "measuring": measuring == choice.backbone,
            },
            "estimate": None if problem else self.estimate(chosen),
        }

    def estimate(self, chosen: TrainConfig) -> dict[str, Any]:
        """Return how long a run with these settings takes."""
        expected = self.ctx.estimates.expect(chosen)
        return {
            "words": train_form.time_words(expected),
            "measuring": expected.measuring,
            "later": expected.postponed or expected.failed,
        }

    def measure(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Measure the chosen network in the background."""
        chosen = train_form.parse(payload).config
        self.ctx.networks.measure(chosen.backbone, chosen.image_size)
        return {}

    def networks(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the recommended networks side by side."""
        del payload
        return {"html": network_choice.table(self.ctx.networks.recommended())}

    def begin(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Start or queue a run."""
        request = train_form.parse(payload)
        run = self.ctx.trainer.start(
            request.config,
            split=request.split,
            allow_leak=request.allow_leak,
            as_of=request.as_of,
        )
        return {"run": run.id, "number": run.number}

    def figure(self, event: gr.EventData) -> tuple[str, Chart]:
        """Return what the next run would keep and learn."""
        return next_run.show(self.ctx, train_form.parse(panel.sent(event)).config)


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: form beside the live run and the network, searches and runs below."""
    tab = TrainTab(ctx)
    asked = (tab.check, tab.begin, tab.measure, tab.networks)
    functions = [feedback.endpoint(one) for one in asked]
    with gr.Column(elem_classes=["tab-body"]):
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320):
                form = panel.build(ctx, "train-form", parts=["train_form"], functions=functions)
                retraining = RetrainingCard(ctx)
            with gr.Column(scale=7, min_width=340):
                live = LivePanel(ctx)
                with gr.Column(elem_id="next-run", elem_classes=["card"]):
                    plan = gr.Markdown(elem_id="transfer")
                    network = PlotlyChart(ctx.assets, label="Network", elem_id="network-figure")
        search = SearchPanel(ctx)
        runs = RunsPanel(ctx)
        card = RunCard(ctx, runs.chosen)
        comparison = Comparison(ctx)
    page.on(form.show, tab.form, form)
    form.checked(events.shown(tab.figure), None, [plan, network], **QUIET)
    form.started(live.show, live.stamp, live.shown, **QUIET)
    live.listen(page.clock)
    live.details.click(live.chosen, live.run, runs.chosen, **QUIET)
    retraining.listen(page.clock)
    for part in (search, runs, card, comparison):
        part.listen(live.stamp)
