"""Predict: what does it say about this photograph?"""

import base64
import binascii
import time
from typing import Any

import gradio as gr

from core.errors import AppError
from core.settings import limits
from core.types import ClassId, Prediction, Run
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.prediction import caveats
from dashboard.ui.predict import answer, heat_overlay, picture_drop, prediction_history
from dashboard.ui.shared import markup, panel
from dashboard.ui.shared.page import Page

NO_CHECKPOINT = "A photograph is looked at by the active checkpoint, and there is none yet."
PAGE = 24


class PredictTab:
    """Handlers; their outputs are the picture, the answer and the history."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self, event: gr.EventData) -> tuple[str, str, str]:
        """Show the prediction that the address names, or the empty drop zone."""
        found = self._named(str(panel.sent(event).get("prediction", "")))
        return self._picture(found), self._answer(found), self._history()

    def classify(self, event: gr.EventData) -> tuple[str, str, str]:
        """Look at an uploaded photograph; what cannot be done is said beside the drop zone."""
        sent = panel.sent(event)
        try:
            data = base64.b64decode(str(sent.get("data", "")), validate=True)
            found = self.ctx.predictor.predict(
                data, str(sent.get("name", "photograph")), who=panel.who(sent)
            )
        except binascii.Error:
            return (
                picture_drop.html(None, problem="The upload broke off. Try again."),
                "",
                gr.skip(),
            )
        except AppError as problem:
            return self._picture(None, problem), self._waiting(), self._history()
        return self._picture(found), self._answer(found), self._history()

    def heat(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the heat map of a stored prediction as an overlay."""
        prediction = self.ctx.predictor.stored(int(payload.get("prediction") or 0))
        return {"image": heat_overlay.data_uri(self.ctx.predictor.heat_map(prediction))}

    def promote(self, event: gr.EventData) -> tuple[str, str]:
        """Add the photograph to the data set with the person's own label."""
        sent = panel.sent(event)
        number, label = int(sent["prediction"]), ClassId(int(sent["label"]))
        patient = str(sent.get("patient", "")).strip()
        self.ctx.predictor.promote(number, label, patient, panel.who(sent))
        name = next(info.name for info in self.ctx.classes() if info.id == label)
        done = f"Added as {name}. It counts from the next training on, and never in test."
        return self._answer(self.ctx.predictor.stored(number), done), self._history()

    def browse(self, event: gr.EventData) -> tuple[Any, Any, str]:
        """Open an earlier prediction, search, or show more of them."""
        sent = panel.sent(event)
        text = str(sent.get("search", ""))
        if sent.get("do") == "open":
            found = self.ctx.predictor.stored(int(sent["prediction"]))
            return self._picture(found), self._answer(found), gr.skip()
        return gr.skip(), gr.skip(), self._history(text, int(sent.get("shown") or 0) + PAGE)

    def _named(self, number: str) -> Prediction | None:
        """Return a stored prediction; an address that names none shows the empty drop zone."""
        try:
            return self.ctx.predictor.stored(int(number)) if number.isdecimal() else None
        except AppError:
            return None

    def _active(self) -> Run | None:
        return next((run for run in self.ctx.trainer.runs() if run.active), None)

    def _picture(self, found: Prediction | None, problem: AppError | None = None) -> str:
        if found is None and self._active() is None:
            return markup.empty(
                NO_CHECKPOINT, markup.go_to("Train a model", "Train"), testid="predict-empty"
            )
        said = "" if problem is None else str(problem)
        return picture_drop.html(found, problem=said, turn=time.time_ns())

    def _answer(self, found: Prediction | None, done: str = "") -> str:
        if found is None:
            return self._waiting()
        run = next((run for run in self.ctx.trainer.runs() if run.id == found.run), None)
        said = markup.notice("good", done, testid="promoted") if done else ""
        known = browsing.cards(self.ctx.workspace, [found.sample]) if found.sample else []
        file = known[0].file if known else ""
        alike = self.ctx.predictor.nearest(found)
        limits = caveats.read(self.ctx.workspace, found)
        return said + answer.html(found, self.ctx.classes(), run, file, alike, limits)

    def _waiting(self) -> str:
        run = self._active()
        if run is None:
            return ""
        backbone = str(run.config.get("backbone", ""))
        network = limits.network_name(backbone)
        drawings = caveats.drawings_only(self.ctx.workspace, run.id)
        return answer.waiting(run, self.ctx.classes(), network, drawings=drawings)

    def _history(self, text: str = "", limit: int = PAGE) -> str:
        found = self.ctx.predictor.history(text, limit + 1)
        shown, classes = found[:limit], self.ctx.classes()
        tiny = caveats.tiny(self.ctx.workspace, shown)
        return prediction_history.html(
            shown, classes, search=text, more=len(found) > limit, tiny=tiny
        )


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: the photograph, the answer beside it, earlier ones below."""
    tab = PredictTab(ctx)
    with gr.Column(elem_classes=["tab-body"]):
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                picture = panel.build(
                    ctx, "picture", parts=["picture_drop"], functions=[feedback.endpoint(tab.heat)]
                )
            with gr.Column(scale=5, min_width=320):
                said = panel.build(ctx, "answer", parts=["answer", "nearest"], value="")
        history = panel.build(ctx, "history", parts=["prediction_history"], value="")
    everything = [picture, said, history]
    page.on(picture.show, tab.show, *everything)
    page.on(picture.picture, tab.classify, *everything)
    page.on(said.act, tab.promote, said, history)
    page.on(history.act, tab.browse, *everything)
