"""The run that a person looks closer at: its facts, curves, report, log, and what to do with it."""

from pathlib import Path
from typing import Any, Literal

import gradio as gr
import pandas as pd

from core.types import Run, RunId, dates
from dashboard.runtime.context import AppContext
from dashboard.services.runs import progress, run_details, run_files, run_labels, run_tables
from dashboard.ui.shared import downloads, events
from dashboard.ui.shared.confirmation import Confirmation
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.shared.figures import learning_curves
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.train import fold_figure, run_facts

AGAIN = (
    "Train like this takes these settings and the labels of now, or of the end of the day that you "
    "choose. Repeat exactly takes the very same images and labels."
)

INTO_SIGHT = """(run) => {
    if (run) document.querySelector("#run-details")?.scrollIntoView({ block: "nearest" });
}"""
"""The card stands below the tables, out of sight of who presses "Details" beside the live run."""


class RunCard:
    """Handlers and components; `chosen` is the id of the run that is shown, or nothing."""

    def __init__(self, ctx: AppContext, chosen: gr.Dropdown) -> None:
        self.ctx = ctx
        self.chosen = chosen
        with gr.Column(visible=False, elem_id="run-details", elem_classes=["card"]) as self.card:
            self.heading = gr.Markdown(elem_id="run-heading")
            with gr.Row(elem_classes=["actions"]):
                self.use = _button("Use this model", "use-model", variant="primary")
                self.where = _button("See where it is wrong", "run-evaluate")
                self.hide = _button("Hide", "run-hide")
                self.unhide = _button("Bring back", "run-unhide")
                self.close = gr.Button("Close", size="sm", elem_id="run-close")
            self.use_question = Confirmation("Use this model", elem_id="use-question")
            self.hide_question = Confirmation("Hide it", elem_id="hide-question")
            with gr.Row(visible=False, elem_id="run-resume-row") as self.resume_row:
                self.at_once = gr.Number(
                    label="Images at once", precision=0, minimum=1, elem_id="run-at-once"
                )
                self.resume = gr.Button("Resume", size="sm", elem_id="run-resume")
            gr.Markdown(AGAIN, elem_classes=["quiet"])
            with gr.Row(elem_classes=["actions"]):
                self.day = gr.DateTime(
                    label="Labels of", include_time=False, type="string", elem_id="again-day"
                )
                self.again = gr.Button("Train like this", size="sm", elem_id="run-again")
                self.repeat = gr.Button("Repeat exactly", size="sm", elem_id="run-repeat")
            with gr.Accordion("Curves", open=False, elem_id="run-curves"):
                with gr.Row(elem_classes=["charts"]):
                    self.loss = PlotlyChart(ctx.assets, label="Loss", elem_id="run-loss")
                    self.score = PlotlyChart(ctx.assets, label="Score", elem_id="run-score")
                self.folds = PlotlyChart(ctx.assets, label="Folds", elem_id="run-folds")
            with gr.Accordion("Data, cost, settings, machine", open=True):
                self.facts = gr.Dataframe(
                    show_label=False,
                    interactive=False,
                    wrap=True,
                    show_search="search",
                    max_height=360,
                    elem_id="run-facts",
                )
            with gr.Accordion("Log", open=False, elem_id="run-log-part"):
                self.log = gr.Textbox(
                    show_label=False, lines=6, max_lines=16, buttons=["copy"], elem_id="run-log"
                )
                self.trace = gr.Textbox(
                    label="Where the error happened",
                    lines=6,
                    max_lines=16,
                    visible=False,
                    buttons=["copy"],
                    elem_id="run-traceback",
                )
            with gr.Row(elem_classes=["actions"]):
                downloads.button("Epochs (CSV)", self.csv, chosen, elem_id="run-csv")
                downloads.button("All tables (XLSX)", self.xlsx, chosen, elem_id="run-xlsx")

    def listen(self, stamp: gr.State) -> None:
        """Follow the chosen run, also while it is under way, and what is pressed here."""
        shown = [self.card, self.heading, self.facts, self.log, self.trace]
        curves = [self.loss, self.score, self.folds]
        offered = [self.use, self.where, self.hide, self.unhide, self.resume_row]
        questions = [*self.use_question.outputs, *self.hide_question.outputs]
        fresh = [self.again, self.repeat, self.day, self.at_once, *questions]
        # Before the card shows another run: what is typed into it then must stay.
        changed = self.chosen.change(self.fresh, self.chosen, fresh, **LAST)
        for handler, outputs in ((self.show, shown), (self.draw, curves), (self.offer, offered)):
            drawn = changed.then(handler, self.chosen, outputs, **LAST)
            stamp.change(handler, self.chosen, outputs, **LAST)
        drawn.then(None, self.chosen, None, js=INTO_SIGHT)
        self.close.click(self.nothing, None, self.chosen, **ONCE)
        self._on(self.use, self.ask_use, self.use_question.outputs)
        self.use_question.agreed(self.do_use)
        self._on(self.hide, self.ask_hide, self.hide_question.outputs)
        self.hide_question.agreed(self.do_hide)
        self._on(self.unhide, self.do_unhide)
        self._on(self.repeat, self.do_repeat, self.repeat)
        resume = events.shown(self.do_resume)
        self.resume.click(resume, [self.chosen, self.at_once], None, **ONCE)
        again = events.shown(self.do_again)
        self.again.click(again, [self.chosen, self.day], self.again, **ONCE)

    def _on(self, button: gr.Button, handler: Any, outputs: Any = None) -> None:
        button.click(events.shown(handler), self.chosen, outputs, **ONCE)

    def show(self, chosen: str | None) -> tuple[Any, ...]:
        """Return heading, facts and log of the chosen run."""
        run = self._run(chosen)
        if run is None:
            return gr.update(visible=False), "", None, "", gr.update(visible=False)
        details = run_details.read(self.ctx.workspace, run)
        trace = gr.update(value=details.traceback, visible=bool(details.traceback))
        log = "\n".join(details.log) or "Nothing yet."
        facts = run_facts.table(run, details)
        return gr.update(visible=True), run_facts.heading(run), facts, log, trace

    def draw(self, chosen: str | None) -> list[Any]:
        """Return the curves of the chosen run, and its folds."""
        run = self._run(chosen)
        if run is None:
            return [None, None, None]
        live, alive = self.ctx.trainer.live(run), run.status in run_labels.ALIVE
        planned = progress.planned(run, live)
        curves = [
            chart(live.epochs, planned, alive=alive, images=live.images)
            for chart in (learning_curves.loss, learning_curves.score)
        ]
        return [*curves, fold_figure.chart(run)]

    def offer(self, chosen: str | None) -> list[Any]:
        """Return what can be done with the chosen run."""
        run = self._run(chosen)
        if run is None:
            return [gr.skip()] * 5
        measured = run.status in run_labels.ENDED and bool(run.evaluations)
        resumable = run.status in run_labels.RESUMABLE
        return [
            gr.update(visible=run_labels.usable(run)),
            gr.update(visible=measured, link=f"/?tab=evaluate&run={run.id}", link_target="_self"),
            gr.update(visible=run_labels.hideable(run)),
            gr.update(visible=run.hidden),
            gr.update(visible=resumable),
        ]

    def fresh(self, chosen: str | None) -> tuple[Any, ...]:
        """Return the ways to train again as they are before anything was typed or pressed."""
        run = self._run(chosen)
        most = 1 if run is None else int(run.config.get("batch_size") or 1)
        return (
            gr.update(interactive=True, value="Train like this"),
            gr.update(interactive=True, value="Repeat exactly"),
            None,
            gr.update(maximum=most, value=most),
            *self.use_question.close(),
            *self.hide_question.close(),
        )

    def csv(self, chosen: str) -> Path:
        """Write the epochs of the chosen run as they are now, and return where."""
        run = self._named(chosen)
        return run_files.csv(self._folder(), run, self._history(run))

    def xlsx(self, chosen: str) -> Path:
        """Write all tables of the chosen run as they are now, and return where."""
        run = self._named(chosen)
        facts = run_facts.table(run, run_details.read(self.ctx.workspace, run))
        sheets = {"epochs": self._history(run), "about": facts}
        return run_files.xlsx(self._folder(), run, sheets)

    def _history(self, run: Run) -> pd.DataFrame:
        return run_tables.history(self.ctx.trainer.live(run).epochs)

    def _folder(self) -> Path:
        folder = self.ctx.workspace.cache / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def nothing(self) -> None:
        """Show no run."""

    def ask_use(self, chosen: str) -> tuple[Any, str, Any]:
        """Say what happens when the run's checkpoint becomes the active one."""
        return self.use_question.ask(
            f"Run {self._named(chosen).number} will answer in Predict from now on, and the "
            "predictions of all samples become its own. Labels stay as they are.",
            chosen,
        )

    def do_use(self, chosen: str) -> None:
        """Make the run's checkpoint the active one."""
        self.ctx.trainer.use(self._named(chosen))

    def ask_hide(self, chosen: str) -> tuple[Any, str, Any]:
        """Say what hiding does."""
        return self.hide_question.ask(
            f"Run {self._named(chosen).number} leaves the table. Its files and numbers stay, and "
            "it can be brought back.",
            chosen,
        )

    def do_hide(self, chosen: str) -> None:
        """Keep the run out of lists."""
        self.ctx.trainer.hide(self._named(chosen))

    def do_unhide(self, chosen: str) -> None:
        """Bring the run back into lists."""
        self.ctx.trainer.unhide(self._named(chosen))

    def do_resume(self, chosen: str, at_once: float | None) -> None:
        """Queue the run again; so many images go through the network together from here on."""
        run = self._named(chosen)
        most = int(run.config.get("batch_size") or 1)
        fewer = None if at_once is None or int(at_once) == most else int(at_once)
        self.ctx.trainer.resume(run, fewer)

    def do_again(self, chosen: str, day: str | None) -> Any:
        """Queue a run with these settings; the button then says which, and is pressed only once."""
        moment = dates.as_of(day) if day else None
        queued = self.ctx.trainer.again(self._named(chosen), moment)
        return gr.update(interactive=False, value=f"Run {queued.number} is queued")

    def do_repeat(self, chosen: str) -> Any:
        """Queue the very job of this run once more."""
        queued = self.ctx.trainer.repeat(self._named(chosen))
        return gr.update(interactive=False, value=f"Run {queued.number} is queued")

    def _run(self, chosen: str | None) -> Run | None:
        return None if not chosen else self._named(chosen)

    def _named(self, chosen: str) -> Run:
        return self.ctx.trainer.get(RunId(chosen))


def _button(
    label: str, elem_id: str, variant: Literal["primary", "secondary"] = "secondary"
) -> gr.Button:
    return gr.Button(label, variant=variant, size="sm", visible=False, elem_id=elem_id)
