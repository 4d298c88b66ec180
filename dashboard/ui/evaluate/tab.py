"""Evaluate: where is it wrong, and on whom?"""

from typing import Any

import gradio as gr
from pandas.io.formats.style import Styler

from core.types import Cell, ClassInfo, Evaluation, RunId, SampleQuery, Sort
from dashboard.runtime.context import AppContext
from dashboard.schemas import messages
from dashboard.schemas.evaluation import CellChoice, Matrix
from dashboard.services.browsing import browsing
from dashboard.services.evaluation import choice, evaluations, tables
from dashboard.services.evaluation.choice import Chosen
from dashboard.ui.evaluate import evaluation_text, exports, report_tables, reproduce
from dashboard.ui.evaluate.confusion_matrix.component import ConfusionMatrix
from dashboard.ui.shared import amounts, words
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.confirmation import Confirmation
from dashboard.ui.shared.events import EACH, LAST, shown
from dashboard.ui.shared.figures import intervals
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.plotly_chart.component import PlotlyChart
from dashboard.ui.shared.sample_grid.component import SampleGrid

NO_MODEL = (
    "When a first model has been trained, this page shows where it is wrong, and the photographs "
    "behind every number."
)
Key = tuple[str, str]
"""Run and split that are shown; empty texts: none."""
NONE: Key = ("", "")


class EvaluateTab:
    """Handlers. What is shown is named by run and split; each part of the page follows them."""

    def __init__(self, ctx: AppContext, question: Confirmation) -> None:
        self.ctx = ctx
        self.question = question

    def arrive(self, key: Key, request: gr.Request) -> Any:
        """Open what the address names, else the active run; never test by itself."""
        run, split = (str(request.query_params.get(name, "")) for name in ("run", "on"))
        if key != NONE and run in ("", key[0]) and split in ("", key[1]):
            return gr.skip()  # not `key`: another split may be opening at this moment
        return _key(self._chosen((run, "" if split == "test" else split)))

    def begin(self, key: Key, request: gr.Request) -> Any:
        """Open what the address names as long as nothing is open.

        Not more: whoever has just opened test counts it, which is a change of the runs, while the
        address still has the split before.
        """
        return self.arrive(key, request) if key == NONE else gr.skip()

    def choose_run(self, run: str, key: Key) -> tuple[Any, ...]:
        """Open another run on the split that is shown, or on validation instead of test."""
        other = _key(self._chosen((run, "" if key[1] == "test" else key[1])))
        return other, *self.question.close()

    def choose_split(self, split: str, key: Key) -> tuple[Any, ...]:
        """Open another split; before test, a question is asked and nothing is opened."""
        if split != "test" or key[1] == "test":
            return (key[0], split), gr.skip(), *self.question.close()
        sentence = evaluation_text.opening_question(self.ctx.trainer.get(key[0]))
        return gr.skip(), key[1], *self.question.ask(sentence, key[0])

    def open_test(self, run: RunId) -> Key:
        """Open test of the run that the question was about, which is counted."""
        evaluations.open(self.ctx.workspace, self.ctx.trainer.get(run), "test")
        return run, "test"

    def offer(self, key: Key) -> tuple[Any, ...]:
        """Return what can be chosen, with what is shown; without a run, how to get one."""
        runs = choice.measured(self.ctx.trainer.runs())
        chosen = self._chosen(key)
        if chosen is None:
            return gr.update(visible=True), gr.update(visible=False), gr.skip(), gr.skip()
        options = [(evaluation_text.option(run), run.id) for run in runs]
        splits = [
            (evaluation_text.split_option(chosen.run, split), split)
            for split in choice.splits(chosen.run)
        ]
        return (
            gr.update(visible=False),
            gr.update(visible=True),
            gr.update(choices=options, value=chosen.run.id),
            gr.update(choices=splits, value=chosen.split),
        )

    def overall(self, key: Key) -> tuple[Any, ...]:
        """Return the overall numbers and, where they are pooled from folds, every fold."""
        chosen = self._chosen(key)
        if chosen is None:
            return "", None, None, "", gr.skip(), gr.skip()
        measured, run = chosen.evaluation, chosen.run
        folded = measured.split == "out_of_fold"
        return (
            evaluation_text.head(run, measured, self._classes(chosen)),
            report_tables.overall(tables.overall(measured)),
            _overall_chart(measured),
            evaluation_text.over_folds(run) if folded else "",
            gr.update(visible=folded),
            report_tables.folds(tables.folds(run)) if folded else gr.skip(),
        )

    def matrix(self, key: Key) -> tuple[Any, ...]:
        """Return the matrix with its fullest mistake open."""
        chosen = self._chosen(key)
        if chosen is None:
            return None, "", None
        measured, classes = chosen.evaluation, self._classes(chosen)
        row, column = choice.fullest_mistake(measured.confusion)
        cell = CellChoice(
            run=chosen.run.id,
            split=chosen.split,
            true=classes[row].id,
            predicted=classes[column].id,
        )
        return Matrix.of(measured, classes, (row, column)), *self._cell(cell.cell)

    def open_cell(self, event: gr.SelectData) -> tuple[str, SampleQuery]:
        """Show the photographs of the cell that was pressed."""
        return self._cell(messages.read(CellChoice, event.value).cell)

    def changed(self, key: Key) -> str:
        """Say how many labels are others now than when the run was measured."""
        chosen = self._chosen(key)
        if chosen is None:
            return ""
        n = evaluations.changed_since(self.ctx.workspace, chosen.run, chosen.split)
        return evaluation_text.changed(n)

    def report(self, key: Key) -> tuple[str, Styler | None, Chart | None]:
        """Return the classification report and the recall of every class."""
        chosen = self._chosen(key)
        if chosen is None:
            return "", None, None
        measured, classes = chosen.evaluation, self._classes(chosen)
        table = tables.report(measured, [info.name for info in classes])
        return (
            evaluation_text.report_title(measured, classes),
            report_tables.report(table, classes),
            _recall_chart(measured, classes),
        )

    def _chosen(self, key: Key) -> Chosen | None:
        return choice.choose(choice.measured(self.ctx.trainer.runs()), *key)

    def _classes(self, chosen: Chosen) -> list[ClassInfo]:
        return choice.classes_of(chosen.run, self.ctx.classes())

    def _cell(self, cell: Cell) -> tuple[str, SampleQuery]:
        query = SampleQuery(cell=cell, sort=Sort.CONFIDENCE, descending=True)
        total, _ = browsing.count(self.ctx.workspace, query)
        run = self.ctx.trainer.get(cell.run)
        infos = {info.id: info for info in choice.classes_of(run, self.ctx.classes())}
        return evaluation_text.cell(infos[cell.true], infos[cell.predicted], total), query


def _key(chosen: Chosen | None) -> Key:
    return NONE if chosen is None else (chosen.run.id, chosen.split)


def _overall_chart(measured: Evaluation) -> Chart:
    rows = [
        intervals.Row(name=label, metric=getattr(measured, name), strong=True)
        for name, label in words.METRICS.items()
    ]
    return _chart(measured, rows, "How good it is overall", "overall")


def _recall_chart(measured: Evaluation, classes: list[ClassInfo]) -> Chart:
    rows = [
        intervals.Row(name=f"{info.code} {info.name}", metric=row.recall, colour=info.colour)
        for info, row in zip(classes, measured.classes, strict=True)
        if row.recall is not None
    ]
    return _chart(measured, rows, "Recall: how much of each class it recognises", "recall")


def _chart(measured: Evaluation, rows: list[intervals.Row], title: str, name: str) -> Chart:
    texts = intervals.Words(
        title=title,
        caption=f"n = {measured.images} images of {measured.patients} patients. "
        "Lines: 95 % interval, bootstrap by patient.",
        summary="; ".join(f"{row.name}: {amounts.percent(row.metric.value)}" for row in rows),
        axis="Share",
        name=f"{measured.run}-{measured.split}-{name}",
    )
    return intervals.chart(rows, texts)


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: numbers, the matrix with a cell's photographs beside it, the report."""
    with gr.Column(visible=False, elem_id="evaluate-empty", elem_classes=["empty-state"]) as empty:
        gr.Markdown(NO_MODEL)
        gr.Button("Train a model", variant="primary", link="/?tab=train", link_target="_self")
    with gr.Column(elem_classes=["tab-body"]) as room:
        with gr.Row(equal_height=True):
            run = gr.Dropdown(label="Run", scale=2, min_width=280, elem_id="evaluate-run")
            split = gr.Radio(label="Split", scale=2, min_width=320, elem_id="evaluate-split")
        question = Confirmation("Open test", elem_id="open-test")
        key = gr.State(NONE)
        head = gr.Markdown(elem_id="evaluate-head")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                overall = gr.Dataframe(interactive=False, show_label=False, elem_id="overall-table")
            with gr.Column(scale=1, min_width=320):
                overall_chart = PlotlyChart(ctx.assets, label="Overall", elem_id="overall-chart")
        fold_words = gr.Markdown(elem_id="over-folds")
        with gr.Accordion("Each fold", open=False, visible=False) as fold_part:
            folds = gr.Dataframe(interactive=False, show_label=False, elem_id="fold-table")
        changed = gr.Markdown(elem_id="changed-since")
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=340):
                matrix = ConfusionMatrix(ctx.assets, elem_id="confusion-matrix")
            with gr.Column(scale=4, min_width=340):
                caption = gr.Markdown(elem_id="cell-caption")
                grid = SampleGrid(ctx, elem_id="grid-evaluate")
        report_title = gr.Markdown(elem_id="report-title")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320):
                report = gr.Dataframe(interactive=False, show_label=False, elem_id="report-table")
            with gr.Column(scale=2, min_width=320):
                recall = PlotlyChart(ctx.assets, label="Recall", elem_id="recall-chart")
        exports.build(ctx, key)
        reproduce.build(ctx, page)

    tab = EvaluateTab(ctx, question)
    page.clock.on("runs", tab.begin, key, key)
    page.clock.opened(tab.arrive, key, key)
    run.input(shown(tab.choose_run), [run, key], [key, *question.outputs], **LAST)
    opening = [key, split, *question.outputs]
    split.input(shown(tab.choose_split), [split, key], opening, **LAST)
    question.agreed(tab.open_test, None, key)

    chosen = [empty, room, run, split]
    numbers = [head, overall, overall_chart, fold_words, fold_part, folds]
    # What people look for first comes first; Plotly is large.
    drawn = key.change(shown(tab.matrix), key, [matrix, caption, grid], **LAST)
    key.change(shown(tab.offer), key, chosen, **LAST)
    key.change(shown(tab.changed), key, changed, **LAST)
    drawn.success(shown(tab.overall), key, numbers, **LAST)
    drawn.success(shown(tab.report), key, [report_title, report, recall], **LAST)

    page.clock.on("runs", tab.offer, chosen, key)
    page.clock.on("samples", tab.changed, changed, key)
    grid.decided(shown(tab.changed), key, changed, **LAST)
    matrix.select(shown(tab.open_cell), None, [caption, grid], **EACH)
