"""The run that matters now: how far, how long yet, its curves, and what can be done with it."""

from collections.abc import Callable
from typing import Any, Literal

import gradio as gr

from core.types import Run, RunId, RunStatus
from dashboard.runtime.context import AppContext
from dashboard.services.runs import current_run, progress, run_labels
from dashboard.services.runs.current_run import Current
from dashboard.ui.shared import events
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.confirmation import Confirmation
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.shared.figures import learning_curves
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.train import live_words

NOTHING_KEPT = "Nothing has been learned yet: it would end without a model."
KEPT = {True: "trials", False: "best"}


class LivePanel:
    """Handlers and components of the panel; `stamp` changes whenever any run has changed."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self.run, self.stamp = gr.State(""), gr.State("")
        with gr.Column(elem_id="live-run", elem_classes=["card"]):
            self.words = gr.Markdown(elem_id="live-words")
            self.share = gr.Slider(
                0, 100, label="Done, %", visible=False, interactive=False, elem_id="live-share"
            )
            with gr.Row(elem_classes=["actions"]):
                self.pause = _button("Pause", "train-pause")
                self.resume = _button("Resume", "train-resume", variant="primary")
                self.half = _button("Resume with half the batch", "train-resume-half")
                self.stop = _button("Stop and keep the best", "train-stop")
                self.details = _button("Details", "live-details")
                self.where = _button("See where it is wrong", "see-where")
            self.question = Confirmation("Stop it", elem_id="stop-question")
            with gr.Row(elem_classes=["charts"]):
                self.loss = PlotlyChart(ctx.assets, label="Loss", elem_id="loss-chart")
                self.score = PlotlyChart(ctx.assets, label="Score", elem_id="score-chart")
            with gr.Row(visible=False, elem_id="queue", elem_classes=["actions"]) as self.queue:
                self.waiting = gr.Radio(label="Waiting", elem_id="queue-runs")
                self.listed = gr.State(None)
                self.sooner = gr.Button("Sooner", size="sm", elem_id="queue-sooner")
                self.remove = gr.Button("Take out", size="sm", elem_id="queue-remove")

    @property
    def shown(self) -> list[Any]:
        """The outputs of `show`."""
        return [self.words, self.share, self.loss, self.score, self.run, self.stamp]

    @property
    def offered(self) -> list[Any]:
        """The outputs of `offer`."""
        return [self.pause, self.resume, self.half, self.stop, self.details, self.where]

    def listen(self, clock: Clock) -> None:
        """Follow the clock, and what is pressed here."""
        clock.on("runs", self.show, self.shown, self.stamp)
        self.stamp.change(self.offer, None, self.offered, **LAST)
        lined_up = [self.queue, self.waiting, self.sooner, self.listed]
        self.stamp.change(self.line_up, self.listed, lined_up, **LAST)
        self._act(self.pause, self.do_pause, self.run)
        self._act(self.resume, self.do_resume, self.run)
        self._act(self.half, self.do_resume_half, self.run)
        stopping = [*self.question.outputs, *self.shown]
        self.stop.click(events.shown(self.do_stop), [self.run, self.stamp], stopping, **ONCE)
        self.question.agreed(self._then_show(self.do_stop_anyway), self.stamp, self.shown)
        self._act(self.sooner, self.do_sooner, self.waiting)
        self._act(self.remove, self.do_remove, self.waiting)

    def _act(self, button: gr.Button, act: Callable[[str], None], run: gr.State | gr.Radio) -> None:
        handler = events.shown(self._then_show(act))
        button.click(handler, [run, self.stamp], self.shown, **ONCE)

    def _then_show(self, act: Callable[[str], None]) -> Callable[[str, str], tuple[Any, ...]]:
        """Return a handler that does something to a run and shows what has become of it."""

        def handler(run: str, seen: str) -> tuple[Any, ...]:
            act(run)
            return self.show(seen)

        return handler

    def show(self, seen: str) -> tuple[Any, ...]:
        """Return words, progress and curves; curves only where something has changed."""
        now = current_run.read(self.ctx.trainer)
        if now.run is None:
            return live_words.NO_RUN, gr.update(visible=False), None, None, "", now.stamp
        curves = [gr.skip(), gr.skip()] if now.stamp == seen else _curves(now.run, now)
        alive = now.run.status in run_labels.ALIVE
        done = round(100 * progress.share_done(now.run, now.live))
        share = gr.update(visible=alive, value=done)
        return live_words.card(now.run, now.live), share, *curves, now.run.id, now.stamp

    def offer(self) -> list[Any]:
        """Return what can be done with the run that matters now."""
        now = current_run.read(self.ctx.trainer)
        return [gr.update(visible=False)] * 6 if now.run is None else offers(now.run, now)

    def line_up(self, listed: object) -> tuple[Any, ...]:
        """Return the runs that start after this one, the last one chosen.

        Nothing where `listed` is what is drawn: what a person has chosen stays at every epoch.
        """
        waiting = current_run.read(self.ctx.trainer).waiting
        choices = [(f"Run {run.number} · {run_labels.effort(run)}", run.id) for run in waiting]
        if choices == listed:
            return (gr.skip(),) * 4
        return (
            gr.update(visible=bool(choices)),
            gr.update(choices=choices, value=choices[-1][1] if choices else None),
            gr.update(interactive=len(choices) > 1),
            choices,
        )

    def do_pause(self, run: str) -> None:
        """Ask the run to leave after its current batch."""
        self.ctx.trainer.pause(self._run(run))

    def do_resume(self, run: str) -> None:
        """Queue the run again."""
        self.ctx.trainer.resume(self._run(run))

    def do_resume_half(self, run: str) -> None:
        """Queue the run again with half as many images at once."""
        self.ctx.trainer.resume_half(self._run(run))

    def do_stop(self, run: str, seen: str) -> tuple[Any, ...]:
        """Stop the run; where nothing would be kept, ask first."""
        now = current_run.read(self.ctx.trainer)
        if now.run is not None and now.run.id == run and now.nothing_to_keep:
            question = self.question.ask(f"Run {now.run.number}: {NOTHING_KEPT}", run)
            return *question, *[gr.skip()] * len(self.shown)
        self.do_stop_anyway(run)
        return *self.question.close(), *self.show(seen)

    def do_stop_anyway(self, run: str) -> None:
        """Stop the run."""
        self.ctx.trainer.stop(self._run(run))

    def do_sooner(self, run: str) -> None:
        """Let a waiting run change places with the one before it."""
        self.ctx.trainer.sooner(self._run(run))

    def do_remove(self, run: str) -> None:
        """Take a waiting run out of the queue."""
        self.ctx.trainer.stop(self._run(run))

    def _run(self, run: str) -> Run:
        return self.ctx.trainer.get(RunId(run))


def _button(
    label: str, elem_id: str, variant: Literal["primary", "secondary"] = "secondary"
) -> gr.Button:
    return gr.Button(label, variant=variant, size="sm", visible=False, elem_id=elem_id)


def _curves(run: Run, now: Current) -> list[Any]:
    planned = progress.planned(run, now.live)
    alive = run.status in run_labels.ALIVE
    return [
        chart(now.live.epochs, planned, alive=alive, images=now.live.images)
        for chart in (learning_curves.loss, learning_curves.score)
    ]


def offers(run: Run, now: Current) -> list[Any]:
    """Return what can be done with a run, in the order of `LivePanel.offered`."""
    status, searching = run.status, bool(run.config.get("search"))
    keeps = bool(run.epochs_done) or searching
    stoppable = status in run_labels.ALIVE or (status is RunStatus.PAUSED and keeps)
    waits = status is RunStatus.QUEUED
    label = "Take out of the queue" if waits else f"Stop and keep the {KEPT[searching]}"
    measured = status in run_labels.ENDED and bool(run.evaluations)
    return [
        gr.update(visible=status is RunStatus.RUNNING, interactive=not now.live.requested),
        gr.update(visible=status in run_labels.RESUMABLE),
        gr.update(visible=status is RunStatus.INTERRUPTED),
        gr.update(visible=stoppable, value=label, interactive=now.live.requested != "stop"),
        gr.update(visible=True),
        gr.update(visible=measured, link=f"/?tab=evaluate&run={run.id}", link_target="_self"),
    ]
