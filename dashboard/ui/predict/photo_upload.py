"""Where a photograph comes in: chosen, dropped, pasted or taken by a camera."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from core.imaging import decode


@dataclass(frozen=True, kw_only=True)
class UploadedPhoto:
    """A file as it came from the browser: nothing of it has been decoded."""

    path: Path
    name: str

    def read(self) -> bytes:
        """Return its bytes; of a file over the decoder's limit one byte more than that."""
        with self.path.open("rb") as file:
            return file.read(decode.MAX_BYTES + 1)


class PhotoUpload(gr.Image):
    """A `gr.Image` that hands over an `UploadedPhoto`.

    Gradio's own preprocess decodes whatever it is given (a bomb of 144 megapixels as well) and
    shows its errors, with paths, to people. Here the bytes go to `core.imaging.decode`, with its
    limits on bytes and pixels and its one sentence for what it refuses.
    """

    def __init__(self, *, elem_id: str, render: bool = True) -> None:
        super().__init__(
            sources=["upload", "clipboard", "webcam"],
            label="Photograph",
            placeholder="# Choose a photograph\nor drop it here, or paste it with Ctrl+V",
            buttons=[],
            height=220,
            elem_id=elem_id,
            render=render,
        )

    def preprocess(self, payload: ImageData | None) -> UploadedPhoto | None:  # type: ignore[override]
        """Return the uploaded file, or None where there is none."""
        if payload is None or not payload.path:
            return None
        return UploadedPhoto(path=Path(payload.path), name=payload.orig_name or "photograph")

    def get_config(self, cls: type[gr.blocks.Block] | None = None) -> dict[str, Any]:
        """Return what the browser is told: all properties of an image."""
        return super().get_config(cls or gr.Image)

    def get_block_name(self) -> str:
        """Return the component that Gradio's front end draws."""
        return "image"
