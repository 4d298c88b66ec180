"""Two runs side by side: who is right, what was set otherwise, which samples differ."""

from typing import Any

import gradio as gr
from pandas.io.formats.style import Styler

from core.types import Difference, Run, RunId
from dashboard.runtime.context import AppContext
from dashboard.services.curation import listing
from dashboard.services.runs import comparison_tables, run_comparison, run_labels
from dashboard.services.runs.run_comparison import RunDifference
from dashboard.ui.shared import amounts, cells, events, words
from dashboard.ui.shared.confirmation import Confirmation
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.train import setting_words

SPLITS = {**words.EVALUATED, "test": "Test (counted)"}
COUNTED = "Looking at test is counted for both runs. Choose by validation."


class Comparison:
    """Handlers and components."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        with gr.Accordion("Compare two runs", open=False, elem_id="compare"):
            with gr.Row():
                self.before = gr.Dropdown([], label="From", value=None, elem_id="compare-before")
                self.after = gr.Dropdown([], label="To", value=None, elem_id="compare-after")
                self.on = gr.Radio(
                    [(label, split) for split, label in SPLITS.items()],
                    value="validation",
                    label="Measured on",
                    elem_id="compare-on",
                )
            self.compare = gr.Button("Compare", size="sm", elem_id="compare-runs")
            self.question = Confirmation("Open test", elem_id="test-question")
            self.verdict = gr.Markdown(elem_id="diff-verdict")
            with gr.Column(visible=False) as self.tables:
                self.metrics = _table("diff-metrics")
                self.changes = _table("diff-changes")
                self.samples = _table("diff-samples")

    @property
    def shown(self) -> list[Any]:
        """The outputs of a comparison."""
        return [self.verdict, self.tables, self.metrics, self.changes, self.samples]

    def listen(self, stamp: gr.State) -> None:
        """Offer the runs of now, and follow what is pressed here."""
        two = [self.before, self.after]
        stamp.change(self.offer, None, two, **LAST)
        pressed = [*self.question.outputs, *self.shown]
        press = events.shown(self.press)
        self.compare.click(press, [*two, self.on], pressed, **ONCE)
        self.question.agreed(self.show_test, None, self.shown)

    def offer(self) -> tuple[Any, Any]:
        """Return the runs that can be compared, newest first."""
        runs = sorted(self.ctx.trainer.runs(hidden=True), key=lambda run: -run.number)
        choices = [(_name(run), run.id) for run in runs]
        return gr.update(choices=choices), gr.update(choices=choices)

    def press(self, before: str | None, after: str | None, on: str) -> tuple[Any, ...]:
        """Compare, or ask first where test would be opened."""
        if on == "test":
            question = self.question.ask(COUNTED, (before, after))
            return *question, *[gr.skip()] * len(self.shown)
        return *self.question.close(), *self.show(before, after, on)

    def show_test(self, two: tuple[str | None, str | None]) -> tuple[Any, ...]:
        """Return verdict and tables on test for the runs that the question was about."""
        return self.show(*two, "test")

    def show(self, before: str | None, after: str | None, on: str) -> tuple[Any, ...]:
        """Return verdict and tables. Raises AppError for one run twice."""
        first, second = (self.ctx.trainer.get(RunId(one or "")) for one in (before, after))
        difference = run_comparison.between(self.ctx.workspace, first, second, on)
        names = listing.class_names(self.ctx.workspace)
        return (
            verdict(difference),
            gr.update(visible=True),
            metrics(difference),
            changes(difference),
            comparison_tables.samples(difference, names),
        )


def verdict(difference: RunDifference) -> str:
    """Return as Markdown which run is better, or why nobody can tell."""
    head = f"### Run {difference.after.number} against run {difference.before.number}"
    leaky = difference.before.leaky or difference.after.leaky
    text = difference.why_not
    if difference.paired is not None:
        warning = "Leaky split: these numbers flatter it. " if leaky else ""
        text = f"{warning}{sentence(difference.paired)} {_small(difference.paired)}"
    return f"{head}\n\n{events.md(text)}\n\n{events.md(_data(difference))}"


def sentence(gain: Difference) -> str:
    """Return which run is better, or that nobody can tell."""
    sure = "Better" if gain.low > 0 else "Worse" if gain.high < 0 else "No clear difference"
    return (
        f"{sure}: balanced accuracy {amounts.points(gain.value)} points "
        f"(95{amounts.NBSP}%: {amounts.points_interval(gain.low, gain.high)}) "
        f"on the same {amounts.count(gain.images, 'image')} of "
        f"{amounts.count(gain.patients, 'patient')}."
    )


def metrics(difference: RunDifference) -> Styler:
    """Return the metrics of both runs, each with the labels of its time."""
    table = comparison_tables.metrics(difference)
    shown = table[["metric"]].replace(words.METRICS)
    for side, run in (("before", difference.before), ("after", difference.after)):
        shown[f"Run {run.number}"] = table[side]
        interval = cells.intervals(table[f"{side}_low"], table[f"{side}_high"])
        shown[f"Run {run.number}, 95{amounts.NBSP}%"] = interval
    head = f"{SPLITS[difference.on]}, labels of their time"
    values = [f"Run {run.number}" for run in (difference.before, difference.after)]
    return shown.rename(columns={"metric": head}).style.format(
        {name: cells.percent for name in values}, na_rep=cells.MISSING
    )


def changes(difference: RunDifference) -> Any:
    """Return what was set otherwise, and what differs in machine and packages."""
    table = comparison_tables.changes(difference)
    keys = table["name"]
    for side in ("before", "after"):
        pairs = zip(table[side], keys, strict=True)
        table[side] = [setting_words.value(value, key) for value, key in pairs]
    table["name"] = keys.map(setting_words.name)
    heads = {"kind": "Of", "name": "Differs"}
    heads |= {
        "before": f"Run {difference.before.number}",
        "after": f"Run {difference.after.number}",
    }
    return table.rename(columns=heads)


def _small(gain: Difference) -> str:
    return (
        f"With the labels of now; {gain.mended} images right only with the second, {gain.broken} "
        "only with the first."
    )


def _data(difference: RunDifference) -> str:
    if difference.data is None:
        return "The samples cannot be compared: a job file is gone."
    data = difference.data
    differ = len(data.added) + len(data.removed) + len(data.relabelled) + len(data.moved)
    shared = amounts.count(data.shared, "sample")
    if not differ:
        return f"Data: the same {shared}."
    return f"Data: {shared} in both, {amounts.count(differ, 'difference')}, listed below."


def _name(run: Run) -> str:
    return " · ".join((f"Run {run.number}", *run_labels.stamps(run), run_labels.effort(run)))


def _table(elem_id: str) -> gr.Dataframe:
    return gr.Dataframe(
        show_label=False, interactive=False, wrap=True, max_height=320, elem_id=elem_id
    )
