"""Searches for settings: their trials in a table and a chart, and training with one of them."""

from typing import Any

import gradio as gr
from pandas.io.formats.style import Styler

from core.errors import AppError
from core.jobs.trials import Trial
from core.types import RunId
from dashboard.runtime.context import AppContext
from dashboard.services.runs import run_labels, run_tables, searches
from dashboard.ui.shared import amounts, cells, events
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.events import EACH, LAST, ONCE
from dashboard.ui.shared.figures import intervals
from dashboard.ui.shared.figures.intervals import Row, Words
from dashboard.ui.shared.plotly_chart import component
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.train import search_words, setting_words

COLUMNS = {
    "trial": "Trial",
    "balanced_accuracy": "Balanced accuracy",
    "gain": "Gain",
    "gain_interval": f"95{amounts.NBSP}%",
    "macro_f1": "Macro-F1",
    "learning_rate": "Learning rate",
    "frozen_stages": "Frozen stages",
    "balance": "Balancing",
    "augmentation": "Augmentation",
}


class SearchPanel:
    """Handlers and components; the panel stays out of sight until there is a search."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        with gr.Column(visible=False, elem_id="search", elem_classes=["card"]) as self.card:
            self.search = gr.Dropdown([], label="Search", visible=False, elem_id="search-chosen")
            self.words = gr.Markdown(elem_id="search-words")
            self.chart = PlotlyChart(ctx.assets, label="Trials", elem_id="search-chart")
            self.table = gr.Dataframe(
                show_label=False, interactive=False, max_height=360, elem_id="trials-table"
            )
            with gr.Row(elem_classes=["actions"]):
                self.trial = gr.Dropdown([], label="Trial", elem_id="trial-chosen")
                self.train = gr.Button(
                    "Train with these settings", variant="primary", size="sm", elem_id="train-trial"
                )
            self.queued = gr.Markdown(elem_id="trial-queued")

    def listen(self, stamp: gr.State) -> None:
        """Follow the searches, and what is pressed here."""
        shown = [self.card, self.search, self.words, self.chart, self.table, self.trial]
        chosen = [self.search, self.trial]
        gr.on([stamp.change, self.search.input], self.show, chosen, shown, **LAST)
        self.table.select(self.choose, None, self.trial, **EACH)
        self.chart.select(events.shown(self.choose_point), None, self.trial, **EACH)
        train = events.shown(self.do_train)
        self.train.click(train, [self.search, self.trial], [self.queued, self.train], **ONCE)
        another = [self.trial.change, self.search.input]
        gr.on(another, self.fresh, None, [self.queued, self.train], **LAST)

    def show(self, chosen: str | None, trial: int | None) -> tuple[Any, ...]:
        """Return the chosen search, or else the one at work or the newest; a trial stays chosen."""
        runs = searches.known(self.ctx.workspace)
        if not runs:
            return gr.update(visible=False), gr.update(choices=[], value=None), "", None, None, None
        run = next((run for run in runs if run.id == chosen), runs[0])
        ranked = searches.ranked(searches.of(self.ctx.workspace, run))
        live = self.ctx.trainer.live(run)
        names = [
            (f"Run {searched.number} · {run_labels.effort(searched)}", searched.id)
            for searched in runs
        ]
        words = [search_words.title(run, ranked), search_words.explanation(run, ranked, live)]
        offered = gr.update(choices=names, visible=len(runs) > 1)
        if run.id != chosen:
            offered["value"] = run.id
        return (
            gr.update(visible=True),
            offered,
            f"### {events.md(words[0])}\n\n{events.md(words[1])}",
            trials_chart(ranked, search_words.title(run, ranked)),
            styled(ranked) if ranked else None,
            trials_choice(ranked, trial if run.id == chosen else None),
        )

    def choose(self, event: gr.SelectData) -> int:
        """Return the number of the trial whose row was pressed."""
        return int(event.row_value[0])

    def choose_point(self, event: gr.SelectData) -> Any:
        """Return the number of the trial whose point was pressed."""
        chosen = component.selection(event).value
        return chosen[0] if chosen else gr.skip()

    def do_train(self, search: str, trial: int | None) -> tuple[str, Any]:
        """Queue a run with the settings of a trial; say so, and take no second press."""
        if trial is None:
            raise AppError(
                "No trial is chosen.", title="Which trial?", hint="Choose one of the list."
            )
        run = self.ctx.trainer.get(RunId(search))
        queued = searches.train(self.ctx.workspace, self.ctx.trainer, run, int(trial) - 1)
        text = (
            f"Run {queued.number} is queued with the settings of trial {trial} of run {run.number}."
        )
        return f"> ✓ {events.md(text)}", gr.update(interactive=False)

    def fresh(self) -> tuple[str, Any]:
        """Take a press again: another trial has been chosen."""
        return "", gr.update(interactive=True)


def trials_choice(ranked: list[Trial], chosen: int | None) -> Any:
    """Return the trials that can be trained with: the best one is chosen until a person does."""
    usable = [trial.number + 1 for trial in ranked if not trial.diverged]
    listed = gr.update(choices=[(f"Trial {number}", number) for number in usable])
    if chosen not in usable:
        listed["value"] = usable[0] if usable else None
    return listed


def trials_chart(ranked: list[Trial], title: str) -> Chart | None:
    """Return balanced accuracy of every trial with its interval, best first."""
    rows = [
        Row(
            name=f"trial {trial.number + 1}{'' if trial.number else ', as given'}",
            metric=trial.balanced_accuracy,
            strong=place == 0,
            key=trial.number + 1,
        )
        for place, trial in enumerate(ranked)
        if not trial.diverged
    ]
    if not rows:
        return None
    words = Words(
        title="Which settings recognise more?",
        caption=f"Balanced accuracy out of fold with 95{amounts.NBSP}% intervals, bootstrap by "
        "patient; gains are paired, and their intervals hold for all trials together.",
        summary=title,
        axis="balanced accuracy",
        name="trials",
    )
    return intervals.chart(rows, words)


def styled(ranked: list[Trial]) -> Styler:
    """Return the trials as people read them; what sorts is the number behind each cell."""
    table = run_tables.trials(ranked)
    low, high = table["gain_low"], table["gain_high"]
    table["gain_interval"] = cells.intervals(low, high, signed=True)
    table["balance"] = [setting_words.value(value, "balance") for value in table["balance"]]
    shown = table[list(COLUMNS)].rename(columns=COLUMNS)
    return shown.style.format(
        {
            "Balanced accuracy": cells.percent,
            "Macro-F1": cells.percent,
            "Gain": cells.points,
            "Learning rate": "{:g}",
        },
        na_rep=cells.MISSING,
    )
