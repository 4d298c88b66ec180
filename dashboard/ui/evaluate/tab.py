"""Evaluate: where is it wrong, and on whom?"""

import base64
from typing import Any

import gradio as gr

from core.settings import limits
from core.types import (
    Cell,
    ClassId,
    ClassInfo,
    Evaluation,
    Run,
    RunId,
    RunStatus,
    SampleQuery,
    Sort,
)
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.evaluation import evaluations as service
from dashboard.ui.curate.sample_grid.component import SampleGrid
from dashboard.ui.evaluate import confusion_image, confusion_table, evaluate_head, reproduce
from dashboard.ui.shared import panel, report_table
from dashboard.ui.shared.page import Page

ENDED = (RunStatus.FINISHED, RunStatus.STOPPED)
Shown = tuple[str, str, str, str, Any, Any]


class EvaluateTab:
    """Handlers; their outputs are head, matrix, caption, report, grid and the grid's column."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self, event: gr.EventData) -> Shown:
        """Open the run that the address names, or the active one, never on test by itself."""
        sent = panel.sent(event)
        split = str(sent.get("on", ""))
        return self._open(str(sent.get("run", "")), "" if split == "test" else split)

    def act(self, event: gr.EventData) -> Shown:
        """Open another run or another split; test only when a person asked for it."""
        sent = panel.sent(event)
        return self._open(str(sent.get("run", "")), str(sent.get("split", "")))

    def cell(self, event: gr.EventData) -> tuple[str, Any, Any]:
        """Show the photographs of one cell."""
        sent = panel.sent(event)
        cell = Cell(
            run=RunId(str(sent["run"])),
            split=str(sent["split"]),
            true=ClassId(int(sent["true"])),
            predicted=ClassId(int(sent["predicted"])),
        )
        return self._cell(cell)

    def changed(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return how many labels have changed since, and how often test has been opened."""
        run = self.ctx.trainer.get(str(payload.get("run", "")))
        n = service.changed_since(self.ctx.workspace, run, str(payload.get("split", "")))
        label, question = evaluate_head.opening(run)
        return {"sentence": evaluate_head.changed(n), "test": label, "question": question}

    def download(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the report as CSV or the matrix as PNG."""
        run = self.ctx.trainer.get(str(payload.get("run", "")))
        split = str(payload.get("split", ""))
        measured, classes = run.evaluations[split], self._classes(run)
        name = f"{run.id}-{split}"
        if payload.get("kind") == "png":
            title = f"Run {run.number}, {evaluate_head.SPLITS.get(split, split).lower()}"
            title += " (leaky split)" if run.leaky else ""
            data = confusion_image.png(measured, classes, title)
            return _file(f"{name}-confusion.png", "image/png", data)
        text = service.csv(measured, [info.name for info in classes])
        return _file(f"{name}-report.csv", "text/csv", text.encode("utf-8"))

    def _open(self, wanted: str, split: str) -> Shown:
        runs = [r for r in self.ctx.trainer.runs() if r.status in ENDED and r.evaluations]
        if not runs:
            return evaluate_head.empty(), "", "", "", gr.skip(), gr.update(visible=False)
        chosen = next((r for r in runs if r.id == wanted), None) or next(
            (r for r in runs if r.active), runs[0]
        )
        if split not in chosen.evaluations:
            split = next(s for s in evaluate_head.SPLITS if s in chosen.evaluations)
        measured = service.open(self.ctx.workspace, chosen, split)
        chosen = self.ctx.trainer.get(chosen.id)
        return self._shown(runs, chosen, measured)

    def _shown(self, runs: list[Run], run: Run, measured: Evaluation) -> Shown:
        classes = self._classes(run)
        row, column = confusion_table.first_mistake(measured.confusion)
        cell = Cell(
            run=run.id, split=measured.split, true=classes[row].id, predicted=classes[column].id
        )
        changed = service.changed_since(self.ctx.workspace, run, measured.split)
        caption, grid, space = self._cell(cell)
        backbone = str(run.config.get("backbone"))
        name = limits.network_name(backbone)
        return (
            evaluate_head.html(runs, run, measured, name=name, changed_labels=changed),
            confusion_table.html(measured, classes, (row, column)),
            caption,
            report_table.section(measured, classes),
            grid,
            space,
        )

    def _cell(self, cell: Cell) -> tuple[str, Any, Any]:
        query = SampleQuery(cell=cell, sort=Sort.CONFIDENCE, descending=True)
        total, _ = browsing.count(self.ctx.workspace, query)
        names = {info.id: info for info in self.ctx.classes()}
        caption = evaluate_head.caption(names[cell.true], names[cell.predicted], total)
        return caption, query, gr.update(visible=True)

    def _classes(self, run: Run) -> list[ClassInfo]:
        """Return the run's own classes in its own order, with the names that hold now."""
        known = {info.id: info for info in self.ctx.classes()}
        return [known.get(class_id) or _removed(class_id) for class_id in run.classes]


def _removed(class_id: ClassId) -> ClassInfo:
    return ClassInfo(id=class_id, name=f"removed {class_id}", code="??", key="", colour="#888888")


def _file(name: str, kind: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "type": kind, "data": base64.b64encode(data).decode("ascii")}


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: numbers, the matrix with a cell's photographs beside it, the report."""
    tab = EvaluateTab(ctx)
    functions = [feedback.endpoint(tab.changed), feedback.endpoint(tab.download)]
    with gr.Column(elem_classes=["tab-body"]):
        head = panel.build(
            ctx, "evaluate", parts=["report_table", "evaluate_head"], functions=functions
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=340):
                matrix = panel.build(ctx, "matrix", parts=["confusion_table"])
            with gr.Column(scale=4, min_width=340):
                caption = panel.build(ctx, "cell", value="")
                with gr.Column(visible=False) as space:
                    grid = SampleGrid(ctx, elem_id="grid-evaluate")
        report = panel.build(ctx, "report", parts=["report_table"])
        reproduce.build(ctx, page)
    everything = [head, matrix, caption, report, grid, space]
    page.on(head.show, tab.show, *everything)
    page.on(head.act, tab.act, *everything)
    page.on(matrix.act, tab.cell, caption, grid, space)
