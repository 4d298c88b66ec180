"""Train: what can it learn from this?"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from core.settings import config as configs
from dashboard.runtime.context import AppContext
from dashboard.ui.shared import events
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.train import next_run
from dashboard.ui.train.comparison import Comparison
from dashboard.ui.train.live_run import LivePanel
from dashboard.ui.train.retraining_card import RetrainingCard
from dashboard.ui.train.run_card import RunCard
from dashboard.ui.train.runs_panel import RunsPanel
from dashboard.ui.train.search_panel import SearchPanel
from dashboard.ui.train.training_form import TrainingForm


class TrainTab:
    """Handlers of the tab itself; its parts have their own."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def figure(self, settings: Mapping[str, Any]) -> tuple[str, Chart]:
        """Return what the next run would keep and learn."""
        return next_run.show(self.ctx, configs.from_dict(settings))


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: form beside the live run and the network, searches and runs below."""
    tab = TrainTab(ctx)
    with gr.Column(elem_classes=["tab-body"]):
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320):
                form = TrainingForm(ctx)
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
    form.listen(page)
    form.settings.change(events.shown(tab.figure), form.settings, [plan, network], **LAST)
    form.started(live.show, live.stamp, live.shown, **LAST)
    live.listen(page.clock)
    live.details.click(lambda run: run, live.run, runs.chosen, **ONCE)
    retraining.listen(page.clock)
    for part in (search, runs, card, comparison):
        part.listen(live.stamp)
