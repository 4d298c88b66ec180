"""A part of Evaluate: report and matrix as files to take away."""

from pathlib import Path

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.services.evaluation import choice, tables
from dashboard.services.system import table_files
from dashboard.ui.evaluate import confusion_image
from dashboard.ui.shared import downloads, words

Key = tuple[str, str]


class Exports:
    """Handlers; each writes a file about the run and split that are shown."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def csv(self, key: Key) -> Path:
        """Write the classification report as CSV."""
        return self._report(key, ".csv")

    def xlsx(self, key: Key) -> Path:
        """Write the classification report as a spreadsheet."""
        return self._report(key, ".xlsx")

    def png(self, key: Key) -> Path:
        """Draw the confusion matrix."""
        run, split = self.ctx.trainer.get(key[0]), key[1]
        title = f"Run {run.number}, {words.EVALUATED[split].lower()}"
        title += " (leaky split)" if run.leaky else ""
        classes = choice.classes_of(run, self.ctx.classes())
        path = self._path(key, "confusion.png")
        path.write_bytes(confusion_image.png(run.evaluations[split], classes, title))
        return path

    def _report(self, key: Key, suffix: str) -> Path:
        run = self.ctx.trainer.get(key[0])
        names = [info.name for info in choice.classes_of(run, self.ctx.classes())]
        table = tables.report(run.evaluations[key[1]], names)
        return table_files.write(table, self._path(key, f"report{suffix}"))

    def _path(self, key: Key, ending: str) -> Path:
        folder = self.ctx.workspace.cache / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{key[0]}-{key[1]}-{ending}"


def build(ctx: AppContext, key: gr.State) -> None:
    """Add the buttons; `key` holds run and split."""
    exports = Exports(ctx)
    with gr.Row(elem_classes=["actions"]):
        downloads.button("Report as CSV", exports.csv, key, elem_id="download-csv")
        downloads.button("Report as XLSX", exports.xlsx, key, elem_id="download-xlsx")
        downloads.button("Matrix as PNG", exports.png, key, elem_id="download-png")
