"""Photographs made for looking at: what augmentation does, and the way into the network."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from core.settings import limits
from core.types import SampleId, SampleQuery, Split
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.splits import balance
from dashboard.services.system import uploads
from dashboard.ui.shared import events
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.events import LAST, ONCE

STRENGTHS = tuple(name for name in limits.STRENGTHS if name != "none")
COPIES = 4
STRIDE = 37
"""Samples between two photographs shown one after the other, so that classes and patients
change."""
SHEET_SIDE = 160
STEP_SIDE = 320
MADE = (
    "Left the original, beside it what training may see instead: made in every epoch again, never "
    "stored, never in validation or test."
)

QUALITY = 82

Gallery = list[tuple[str, str]]
"""Files with their captions."""


class Previews:
    """Two galleries, their buttons and handlers."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self.folder = uploads.folder(ctx.workspace) / "previews"
        """Below Gradio's own folder, from which it may serve."""
        with gr.Column(elem_classes=["card"]):
            gr.Markdown("### What does augmentation make of them?")
            with gr.Row(elem_classes=["actions"]):
                self.strength = gr.Radio(
                    [(name.capitalize(), name) for name in STRENGTHS],
                    value=STRENGTHS[0],
                    label="Strength",
                    elem_id="strength",
                    elem_classes=["segments"],
                )
                self.again = gr.Button("Draw again", size="sm", elem_id="draw-again")
            self.seed = gr.State(0)
            self.sheet = _gallery("augmented", columns=COPIES + 1)
            gr.Markdown(MADE, elem_classes=["quiet"])
        with gr.Column(elem_classes=["card"]):
            gr.Markdown("### How does a photograph reach the network?")
            with gr.Row(elem_classes=["actions"]):
                self.another = gr.Button("Another photograph", size="sm", elem_id="another")
            self.offset = gr.State(0)
            self.steps = _gallery("steps", columns=4)
            self.file = gr.Markdown(elem_id="steps-file", elem_classes=["quiet"])

    def listen(self, clock: Clock) -> None:
        """Draw whenever samples have changed, and when a person wants others."""
        sheet, steps = [self.strength, self.seed], [self.steps, self.file]
        clock.on("samples", self.augmented, self.sheet, sheet)
        clock.on("samples", self.on_the_way, steps, self.offset)
        self.strength.input(events.shown(self.augmented), sheet, self.sheet, **LAST)
        self.again.click(events.shown(self.augmented_again), sheet, [self.seed, self.sheet], **ONCE)
        self.another.click(
            events.shown(self.next_on_the_way), self.offset, [self.offset, *steps], **ONCE
        )

    def augmented_again(self, strength: str, seed: int) -> tuple[int, Gallery]:
        """Return the next seed and the sheet that it gives."""
        seed = (seed + 1) % 2**31
        return seed, self.augmented(strength, seed)

    def next_on_the_way(self, offset: int) -> tuple[int, Gallery, str]:
        """Return the next offset, the steps of the photograph there and the name of its file."""
        offset = (offset + 1) % 2**31
        return offset, *self.on_the_way(offset)

    def augmented(self, strength: str, seed: int) -> Gallery:
        """Return, class by class, a training photograph and what augmentation makes of it."""
        rows = balance.augmented_sheet(self.ctx.workspace, strength, copies=COPIES, seed=seed)
        names = {info.id: f"{info.code} {info.name}" for info in self.ctx.classes()}
        sheet: Gallery = []
        for row in rows:
            sheet.append((self._file(row.original, SHEET_SIDE), names[row.class_id]))
            sheet += [(self._file(copy, SHEET_SIDE), "augmented") for copy in row.copies]
        return sheet

    def on_the_way(self, offset: int) -> tuple[Gallery, str]:
        """Return a photograph at each step into the network, and the name of its file."""
        sample = self._sample(offset)
        steps = balance.steps(self.ctx.workspace, sample, STRENGTHS[0], seed=offset)
        file = browsing.cards(self.ctx.workspace, [sample])[0].file if sample else ""
        return [(self._file(image, STEP_SIDE), caption) for caption, image in steps], events.md(
            file
        )

    def _file(self, image: Image.Image, side: int) -> str:
        """Return a file with the image, no larger than `side` pixels, that is written once.

        Gradio would write equal images over each other, also while a browser reads them.
        """
        small = image.convert("RGB")
        small.thumbnail((side, side))
        path = self.folder / f"{hashlib.sha256(small.tobytes()).hexdigest()[:24]}.webp"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as part:
                small.save(part, "WEBP", quality=QUALITY)
            Path(part.name).replace(path)
        return str(path)

    def _sample(self, offset: int) -> SampleId | None:
        """Return one of the training samples (of all, before the first split)."""
        for query in (SampleQuery(splits=(Split.TRAIN,)), SampleQuery()):
            total = self.ctx.view.page(query, 0, 1).total
            if total:
                return self.ctx.view.page(query, offset * STRIDE % total, 1).ids[0]
        return None


def _gallery(name: str, columns: int) -> gr.Gallery:
    options: dict[str, Any] = {"show_label": False, "buttons": []}
    return gr.Gallery(columns=columns, object_fit="cover", height="auto", elem_id=name, **options)
