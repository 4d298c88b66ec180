"""Train: what can it learn from this?"""

from dataclasses import replace
from typing import Any

import gradio as gr

from core.errors import AppError
from core.settings import limits
from core.settings.config import TrainConfig
from core.types import Run, RunStatus
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.runs import preflight, ranking, retraining
from dashboard.services.runs.ranking import Ranking
from dashboard.ui.shared import markup, panel
from dashboard.ui.shared.page import Page
from dashboard.ui.train import (
    live_curve,
    network_choice,
    network_figure,
    retrain_card,
    run_table,
    searches,
    train_form,
)
from dashboard.ui.train.run_desk import RunDesk

NO_SAMPLES = "A model learns from labelled photographs, and there are none yet."
NO_RUN = (
    "No run yet. Choose how much effort, then train: its curves are drawn here while it learns."
)


def _begun(run: Run) -> float:
    """Return when a run was started last; what never began comes before everything."""
    return 0.0 if run.started is None else run.started.timestamp()


class TrainTab:
    """Handlers: the form, what it would train, the run that trains, and the table of runs."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self.desk = RunDesk(ctx)
        self.ranking = Ranking(ctx.workspace)

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

    def figure(self, event: gr.EventData) -> str:
        """Return the network with what is frozen and what is trained."""
        request = train_form.parse(panel.sent(event))
        stages = preflight.stages(request.config, len(self.ctx.classes()))
        ready = preflight.trainable(self.ctx.workspace)
        return network_figure.html(request.config, stages, ready)

    def live(self) -> str:
        """Return the run that matters now: the running one, a waiting one, the last begun."""
        runs = sorted(self.ctx.trainer.runs(), key=lambda run: -run.number)
        if not runs:
            return f'<p class="quiet note" data-poll="5000" data-testid="no-run">{NO_RUN}</p>'
        order = {RunStatus.RUNNING: 0, RunStatus.QUEUED: 1}
        waiting = [run for run in runs if run.status is RunStatus.QUEUED]
        run = min(runs, key=lambda run: (order.get(run.status, 2), -_begun(run), -run.number))
        if run.status is RunStatus.QUEUED:
            run = min(waiting, key=lambda one: one.place)
        behind = [item for item in waiting if item.id != run.id]
        now = self.ctx.trainer.live(run)
        return live_curve.html(run, now) + live_curve.queue(behind)

    def runs(self) -> str:
        """Return the table of runs, best validation first as far as they can be compared."""
        runs = [self._as_told(run) for run in self.ctx.trainer.runs(hidden=True)]
        apart = self.ranking.apart(runs)
        return (
            run_table.html(ranking.ordered(runs, apart), limits.network_name, apart) if runs else ""
        )

    def _as_told(self, run: Run) -> Run:
        """Return a run with the epochs that its process has told of so far."""
        if run.status is not RunStatus.RUNNING:
            return run
        return replace(run, epochs_done=self.ctx.trainer.live(run).epochs_done)

    def both(self) -> tuple[str, str]:
        """Return the live panel and the table."""
        return self.live(), self.runs()

    def act(self, event: gr.EventData) -> tuple[str, str]:
        """Do to a run what a person has pressed in a panel; the drawer has done it already."""
        sent = panel.sent(event)
        if sent.get("do") != "look":
            self.desk.carry_out(sent)
        return self.both()

    def retraining(self) -> str:
        """Return the setting that lets runs start by themselves."""
        return retrain_card.html(retraining.read(self.ctx.workspace), self.ctx.retrainer.problem)

    def set_retraining(self, event: gr.EventData) -> str:
        """Keep the setting."""
        after = panel.sent(event).get("after")
        retraining.choose(self.ctx.workspace, None if after is None else int(after))
        return self.retraining()


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: form beside the live run and the network, the table below."""
    tab = TrainTab(ctx)
    asked = (tab.check, tab.begin, tab.measure, tab.networks)
    functions = [feedback.endpoint(one) for one in asked]
    with gr.Column(elem_classes=["tab-body"]):
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=320):
                form = panel.build(ctx, "train-form", parts=["train_form"], functions=functions)
                retrain = panel.build(ctx, "retrain", parts=["retrain_card"], value="")
            with gr.Column(scale=7, min_width=340):
                live = panel.build(ctx, "live", parts=["figures", "live_curve"])
                figure = panel.build(ctx, "network", parts=["figures", "network_figure"], value="")
        cards, *spaces = searches.build(ctx, page, form)
        looking = tab.desk.functions()
        runs = panel.build(ctx, "runs", parts=["run_table"], functions=looking, value="")
    page.on(form.show, tab.form, form)
    page.on(retrain.show, tab.retraining, retrain)
    page.on(retrain.act, tab.set_retraining, retrain)
    page.on(form.checked, tab.figure, figure)
    page.on(form.started, tab.both, live, runs)
    page.on(live.show, tab.both, live, runs)
    page.on(live.tick, tab.both, live, runs)
    page.on(live.act, tab.act, live, runs)
    page.on(runs.act, tab.act, live, runs)
    # What the drawer does to a search is seen in its card, too.
    page.on(runs.act, cards, *spaces)
