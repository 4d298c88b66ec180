"""Bringing photographs in: name them, look at the dry run, import, watch it, stop it."""

from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from core.errors import AppError
from core.types import ImportReport, Progress, SampleQuery, Split
from dashboard.runtime.context import AppContext
from dashboard.services.importing import import_report
from dashboard.services.importing.background import BUSY, DeskState, Phase
from dashboard.services.system import uploads
from dashboard.ui.shared import events, words
from dashboard.ui.shared.amounts import count, duration
from dashboard.ui.shared.clock import Clock

CHOOSE = """A folder on the machine where the dashboard runs: one folder per class, the MSLD v2.0
tree, or a table (CSV, XLSX) with a path and a label column. First you see what would happen;
nothing is written yet. Patient and camera data inside the files are not kept."""


class Importer:
    """The desk of imports, drawn as it stands: a choice, work under way, or a report."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        with gr.Column(elem_id="import-choice", elem_classes=["readable"]) as self.choice:
            gr.Markdown(CHOOSE)
            with gr.Row():
                self.path = gr.Textbox(
                    value="",
                    label="Folder, zip or table",
                    placeholder="/data/photographs, set.zip or manifest.csv",
                    scale=4,
                    elem_id="import-path",
                )
                self.check = gr.Button(
                    "Check", variant="primary", size="sm", elem_id="import-check"
                )
            self.upload = gr.File(
                label="Or drop a zip or a table here",
                file_types=[".zip", ".csv", ".tsv", ".xlsx"],
                height=120,
                elem_id="import-file",
            )
            self.demo = gr.Button("Try the demo set", elem_id="import-demo", size="sm")
        with gr.Column(visible=False, elem_classes=["readable"]) as self.work:
            self.progress = gr.Markdown(elem_id="import-progress")
            self.stop = gr.Button("Stop", elem_id="import-stop", size="sm")
        with gr.Column(visible=False, elem_id="import-report", elem_classes=["readable"]) as report:
            self.report = report
            self.summary = gr.Markdown(elem_id="import-summary")
            self.classes = gr.Dataframe(
                label="Classes", interactive=False, elem_id="import-classes", max_height=320
            )
            self.findings = gr.Dataframe(
                label="Worth a look",
                interactive=False,
                wrap=True,
                show_search="filter",
                column_widths=["20%", "35%", "45%"],
                elem_id="import-findings",
                max_height=400,
            )
            with gr.Row():
                self.back = gr.Button("Choose another", size="sm", elem_id="import-back")
                self.start = gr.Button(
                    "Import", variant="primary", size="sm", elem_id="import-start"
                )
                self.look = gr.Button(
                    "Look at them",
                    variant="primary",
                    size="sm",
                    visible=False,
                    elem_id="import-look",
                )

    def listen(self, clock: Clock) -> None:
        """Attach what the buttons do; the clock draws the desk whenever it has changed."""
        gr.on(
            [self.check.click, self.path.submit],
            events.shown(self.on_check),
            self.path,
            self.outputs,
            **events.ONCE,
        )
        self.upload.upload(events.shown(self.on_upload), self.upload, self.outputs, **events.LAST)
        self.demo.click(events.shown(self.on_demo), None, self.outputs, **events.ONCE)
        self.start.click(events.shown(self.on_start), None, self.outputs, **events.ONCE)
        self.stop.click(self.on_stop, None, self.outputs, **events.ONCE)
        self.back.click(self.on_back, None, self.outputs, **events.ONCE)
        clock.on("imports", self.draw, self.outputs)

    @property
    def outputs(self) -> list[Any]:
        """What the state of the desk is drawn on."""
        return [
            *(self.choice, self.work, self.report),
            *(self.progress, self.summary, self.classes, self.findings),
            *(self.start, self.look),
        ]

    def on_check(self, path: str) -> list[Any]:
        """Start a dry run of what a person named. Raises AppError while the desk is busy."""
        if not path.strip():
            raise AppError(
                "No folder, zip or table was named.",
                title="Nothing to import",
                hint="Type a path, or choose a zip.",
            )
        self._ctx.desk.check(Path(path.strip()).expanduser(), path.strip())
        return self.draw()

    def on_upload(self, file: str) -> list[Any]:
        """Start a dry run of a file sent through the browser."""
        path = uploads.received(self._ctx.workspace, file)
        self._ctx.desk.check(path, path.name)
        return self.draw()

    def on_demo(self) -> list[Any]:
        """Start drawing and importing the demonstration set."""
        self._ctx.desk.start_demo()
        return self.draw()

    def on_start(self) -> list[Any]:
        """Import what has been checked."""
        self._ctx.desk.start_checked()
        return self.draw()

    def on_stop(self) -> list[Any]:
        """Ask the check or the import to stop; what has been committed stays."""
        self._ctx.desk.cancel()
        return self.draw()

    def on_back(self) -> list[Any]:
        """Forget the report."""
        self._ctx.desk.clear()
        return self.draw()

    def new_ones(self) -> SampleQuery:
        """Return the query that shows first what the last import added, and forget its report."""
        report = self._ctx.desk.state().report
        self._ctx.desk.clear()
        return SampleQuery(descending=report is not None and report.added < report.samples)

    def draw(self) -> list[Any]:
        """Return what every part shows of the desk now."""
        state = self._ctx.desk.state()
        report = state.report
        return [
            gr.update(visible=state.phase is Phase.IDLE),
            gr.update(visible=state.phase in BUSY),
            gr.update(visible=state.phase in (Phase.CHECKED, Phase.DONE, Phase.FAILED)),
            working(state),
            told(state),
            _table(None if report is None else class_table(report)),
            _table(None if report is None else finding_table(report)),
            gr.update(visible=state.phase is Phase.CHECKED, value=verb(report)),
            gr.update(visible=state.phase is Phase.DONE),
        ]


def _table(frame: pd.DataFrame | None) -> Any:
    shown = frame is not None and not frame.empty
    return gr.update(value=frame, visible=shown)


def working(state: DeskState) -> str:
    """Return what is being done, how far it is and how long it will take yet."""
    doing = "Checking" if state.phase is Phase.CHECKING else "Importing"
    name = f"{doing} **{events.md(state.name)}**"
    if state.progress is None:
        return name
    more = "" if state.phase is Phase.CHECKING else "\n\nYou may go on working meanwhile."
    return f"{name}\n\n{far(state.progress)}{more}"


def far(progress: Progress) -> str:
    """Return how far a piece of work is: "Step 2 of 7, reading: 120 of 800 · 12 s left"."""
    left = "" if not progress.seconds_left else f" · {duration(progress.seconds_left)} left"
    stage = progress.stage
    if progress.steps:
        stage = f"Step {progress.step} of {progress.steps}, {stage[:1].lower()}{stage[1:]}"
    if progress.total <= 1:
        return f"{stage}{left}"
    return f"{stage}: {progress.done:,} of {progress.total:,}{left}"


def verb(report: ImportReport | None) -> str:
    """Return what the button says; known images may still bring another label or patient."""
    if report is None or not report.added:
        return "Nothing is new: import anyway"
    return f"Import {count(report.added, 'photograph')}"


def told(state: DeskState) -> str:
    """Return what a check or an import found, or why it failed."""
    if state.error is not None:
        title = events.md(state.error.title)
        return f"**{title}.** {events.md(events.sentence(state.error))}"
    return "" if state.report is None else summary(state.report, state.name)


def summary(report: ImportReport, name: str) -> str:
    """Return the report in sentences and one row of figures."""
    parts = [_headline(report, name)]
    if report.demonstration:
        parts.append(
            "**This workspace holds the demonstration set.** For a study of your own start "
            "another: `ai-mpox serve --workspace NAME`"
        )
    parts.append(_figures(report))
    if report.added and report.new_sides:
        parts.append(_sides(report))
    return "\n\n".join(parts)


def _headline(report: ImportReport, name: str) -> str:
    if report.dry_run:
        layout = events.md(report.layout)
        return f"**{events.md(name)}** is read as: {layout}. Nothing has been written yet."
    new = count(report.added, "new sample")
    if report.cancelled:
        return f"**Stopped after {new}.** Import it again to go on."
    return f"**{new} in {duration(report.seconds)}.**"


def _figures(report: ImportReport) -> str:
    figures = {
        "Files seen": report.files_seen,
        "New samples" if report.dry_run else "Samples added": report.added,
        "Known already": report.known - report.repeated,
        "Twice in this import": report.repeated,
        "Left out": len(report.skipped),
        "Samples in all": report.samples,
        "Patients in all": report.patients,
    }
    if report.children:
        figures["Augmented copies"] = report.children
    cells = [" | ".join(figures), " | ".join(["---:"] * len(figures))]
    cells.append(" | ".join(f"{value:,}" for value in figures.values()))
    return "\n".join(f"| {row} |" for row in cells)


def _sides(report: ImportReport) -> str:
    """Return where new images go once there is a split: it is never made again."""
    sides = [split for split in Split if report.new_sides.get(split)]
    new = ", ".join(f"{report.new_sides[side]:,} {words.SPLITS[side].lower()}" for side in sides)
    test = report.new_sides.get(Split.TEST, 0)
    grows = (
        f"The test set gets {count(test, 'photograph')} of patients who are in it already."
        if test
        else "The test set stays as it is."
    )
    return (
        "New patients go to training and validation, never to test; a new photograph of a known "
        f"patient goes where that patient is. {grows} New: {new}."
    )


def class_table(report: ImportReport) -> pd.DataFrame:
    """Return images and patients per class, under the words of the screen."""
    now = "then" if report.dry_run else "now"
    table = import_report.class_table(report)
    heads = ("Class", "New images", f"Images {now}", f"Patients {now}")
    return table.set_axis(list(heads), axis="columns")


def finding_table(report: ImportReport) -> pd.DataFrame:
    """Return what to look at, under the words of the screen."""
    table = import_report.findings(report)
    table["kind"] = table["kind"].str.capitalize()
    return table.set_axis(["What", "Files", "Why"], axis="columns")
