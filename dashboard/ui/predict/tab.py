"""Predict: what does it say about this photograph?"""

import re
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import pandas as pd
from pandas.io.formats.style import Styler

from core.errors import AppError
from core.types import ClassId, Prediction, Run, spelling
from dashboard.runtime.context import AppContext
from dashboard.schemas.prediction import OverlayImage
from dashboard.services.browsing import browsing
from dashboard.services.prediction import caveats, history
from dashboard.services.system import table_files, uploads
from dashboard.ui.predict import answer_text, history_table, nearest
from dashboard.ui.predict.heat_overlay.component import HeatOverlay
from dashboard.ui.predict.photo_upload import PhotoUpload, UploadedPhoto
from dashboard.ui.shared import downloads, person
from dashboard.ui.shared.events import EACH, LAST, ONCE, shown, turns
from dashboard.ui.shared.figures import probabilities
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.plotly_chart.component import PlotlyChart

NO_CHECKPOINT = "A photograph is looked at by the active checkpoint, and there is none yet."
POOL = (
    "Add it to the data set with your own label. It joins the training pool and never a test set."
)
NUMBER = re.compile(r"\d{1,12}", re.ASCII)
AT_ONCE = 2
"""Photographs: while the network looks at one, the next one is decoded."""
NEWEST = 1_000
"""Predictions that the table holds; the files to take away hold all."""
NOTHING: tuple[Any, ...] = (
    None, "", None, "", gr.update(visible=False), gr.update(visible=False)
)  # fmt: skip


class PredictTab:
    """Handlers. An answer is shown by overlay, words, bars, nearest, promotion and a link."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self._classified: deque[Path] = deque()

    def ready(self) -> tuple[Any, ...]:
        """Show who looks at photographs; without a checkpoint, how to get one."""
        run = next((run for run in self.ctx.trainer.runs() if run.active), None)
        classes = self.ctx.classes()
        choices = gr.update(choices=[(f"{c.code} {c.name}", int(c.id)) for c in classes])
        if run is None:
            return gr.update(visible=True), gr.update(visible=False), "", choices
        drawings = caveats.drawings_only(self.ctx.workspace, run.id)
        words = answer_text.waiting(run, classes, drawings=drawings)
        return gr.update(visible=False), gr.update(visible=True), words, choices

    def arrive(self, overlay: OverlayImage | None, request: gr.Request) -> tuple[Any, ...]:
        """Show the prediction that the page's address names, where another one is shown."""
        self.ctx.predictor.prepare()
        number = str(request.query_params.get("prediction", ""))
        if not NUMBER.fullmatch(number) or (overlay and overlay.prediction == int(number)):
            return (gr.skip(),) * len(NOTHING)
        try:
            return self._answer(self.ctx.predictor.stored(int(number)))
        except AppError:
            return NOTHING  # an old address: as if it named none

    def classify(self, photo: UploadedPhoto | None, who: str) -> tuple[Any, ...]:
        """Classify an uploaded photograph, show the answer, empty the upload for the next one."""
        if photo is None:
            return (gr.skip(),) * (len(NOTHING) + 1)
        path = uploads.received(self.ctx.workspace, photo.path)
        try:
            prediction = self.ctx.predictor.predict(photo.read(), photo.name, who=person.name(who))
        except AppError:
            uploads.discard(self.ctx.workspace, path)
            raise
        self._classified.append(path)
        return None, *self._answer(prediction)

    def discard(self) -> None:
        """Delete the files that have been classified; the browser shows them until then."""
        while self._classified:
            uploads.discard(self.ctx.workspace, self._classified.popleft())

    def promote(
        self, overlay: OverlayImage, label: int | None, patient: str, who: str
    ) -> tuple[Any, ...]:
        """Add the photograph to the data set with the person's own label."""
        if label is None:
            raise AppError("No label has been chosen.", title="No label", hint="Choose one first.")
        number, names = overlay.prediction, self._names()
        self.ctx.predictor.promote(number, ClassId(label), patient.strip(), person.name(who))
        name = names[ClassId(label)]
        done = f"Added as {name}. It counts from the next training on, and never in test."
        return self._answer(self.ctx.predictor.stored(number), done)

    def reopen(self, event: gr.SelectData) -> tuple[Any, ...]:
        """Show an earlier prediction."""
        return self._answer(self.ctx.predictor.stored(int(event.row_value[0])))

    def earlier(self) -> tuple[Styler, Any]:
        """Return the newest predictions as a table, which is hidden while there are none."""
        table = self._history(NEWEST)
        return history_table.styled(table), gr.update(visible=not table.empty)

    def file(self, suffix: str) -> Path:
        """Write all predictions to a file that can be taken away."""
        folder = self.ctx.workspace.cache / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        table = self._history(None).drop(columns="image")
        table["when"] = [when.isoformat() for when in table["when"]]
        return table_files.write(table, folder / f"predictions{suffix}")

    def _history(self, limit: int | None) -> pd.DataFrame:
        newest = self.ctx.predictor.history(limit=limit)
        return history.table(self.ctx.workspace, newest, self.ctx.classes())

    def _names(self) -> dict[ClassId, str]:
        return {info.id: info.name for info in self.ctx.classes()}

    def _answer(self, prediction: Prediction, done: str = "") -> tuple[Any, ...]:
        classes, names = self.ctx.classes(), self._names()
        limits = caveats.read(self.ctx.workspace, prediction)
        run: Run | None = next(
            (run for run in self.ctx.trainer.runs() if run.id == prediction.run), None
        )
        headline = answer_text.words(prediction, names, limits).headline
        explained = self.ctx.predictor.explains(prediction)
        overlay = OverlayImage.of(prediction, headline, explained=explained)
        return (
            overlay,
            answer_text.markdown(prediction, names, run, limits, done),
            probabilities.chart(prediction, classes),
            nearest.markdown(self.ctx.predictor.nearest(prediction), classes),
            gr.update(visible=overlay is not None and prediction.sample is None),
            self._link(prediction),
        )

    def _link(self, prediction: Prediction) -> Any:
        """Return the button that opens the sample which a photograph is, where it is one."""
        stored = browsing.cards(self.ctx.workspace, [s]) if (s := prediction.sample) else []
        if not stored:
            return gr.update(visible=False)
        return gr.update(visible=True, link=f"/?q={quote(stored[0].file)}")


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: the photograph, the answer beside it, earlier ones below."""
    tab = PredictTab(ctx)
    with gr.Column(visible=False, elem_id="predict-empty", elem_classes=["empty-state"]) as empty:
        gr.Markdown(NO_CHECKPOINT)
        gr.Button("Train a model", variant="primary", link="/?tab=train", link_target="_self")
    with gr.Column(elem_classes=["tab-body"]) as room:
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                photo = PhotoUpload(elem_id="predict-upload")
                overlay = HeatOverlay(
                    ctx.assets, paste_into="#predict-upload", elem_id="predict-photograph"
                )
            with gr.Column(scale=5, min_width=320):
                words = gr.Markdown(elem_id="predict-answer", elem_classes=["answer"])
                bars = PlotlyChart(ctx.assets, label="Probabilities", elem_id="predict-bars")
                similar = gr.Markdown(elem_id="predict-nearest", elem_classes=["thumbnails"])
                link = gr.Button(
                    "Open it in Curate", visible=False, link="/", link_target="_self",
                    elem_id="predict-known",
                )  # fmt: skip
                with gr.Column(
                    visible=False, elem_id="predict-promotion", elem_classes=["card"]
                ) as promotion:
                    gr.Markdown(f"### Do you know what it is?\n\n{POOL}")
                    label = gr.Dropdown(label="Your label", elem_id="promote-label")
                    patient = gr.Textbox(
                        label="Patient (photographs of one patient stay together)",
                        placeholder="leave empty if unknown",
                        max_length=spelling.LONGEST_PATIENT,
                        elem_id="promote-patient",
                    )
                    add = gr.Button("Add to the data set", elem_id="promote-button")
                waiting = gr.Markdown(elem_id="predict-waiting", elem_classes=["card"])
        with gr.Column(visible=False, elem_id="predict-history") as past:
            gr.Markdown("## Earlier predictions\n\nThe newest first; a press opens one again.")
            table = gr.Dataframe(
                headers=history_table.HEADERS, datatype=history_table.TYPES,
                column_widths=history_table.WIDTHS, interactive=False, show_search="search",
                max_height=460, show_label=False, elem_id="history-table",
            )  # fmt: skip
            with gr.Row():
                downloads.button("All as CSV", lambda: tab.file(".csv"), elem_id="history-csv")
                downloads.button("All as XLSX", lambda: tab.file(".xlsx"), elem_id="history-xlsx")
    who = person.build()

    answer = [overlay, words, bars, similar, promotion, link]
    page.clock.on("runs", tab.ready, [empty, room, waiting, label])
    page.clock.opened(tab.arrive, answer, overlay)
    page.clock.on(["runs", "samples"], tab.earlier, [table, past])

    named = photo.upload(None, None, who, js=person.JS, trigger_mode="multiple")
    classified = named.then(
        shown(tab.classify), [photo, who], [photo, *answer], **turns(AT_ONCE, words)
    )
    classified.success(tab.discard, None, None, **LAST)
    classified.success(tab.earlier, None, [table, past], **LAST)
    opened = table.select(shown(tab.reopen), None, answer, **EACH)
    for event in (classified, opened):
        event.success(lambda: (None, ""), None, [label, patient], **LAST)
    signed = add.click(None, None, who, js=person.JS)
    added = signed.then(shown(tab.promote), [overlay, label, patient, who], answer, **ONCE)
    added.success(tab.earlier, None, [table, past], **LAST)
