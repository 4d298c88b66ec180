"""A classified photograph with its heat map over it; a slider sets how much of it is seen."""

from typing import Any

import gradio as gr

from dashboard.runtime.assets import Assets
from dashboard.schemas.prediction import OverlayImage


class HeatOverlay(gr.HTML):
    """Shows an `OverlayImage`; without one it shows nothing.

    The prediction is kept in the page's address. A photograph that is pasted while the component
    can be seen goes into the file input below `paste_into` (a CSS selector).
    """

    def __init__(
        self, assets: Assets, *, paste_into: str, elem_id: str, render: bool = True
    ) -> None:
        """`render`: Gradio builds it anew, unseen, when a listener updates a property."""
        self.paste_into = paste_into
        super().__init__(
            html_template='<figure class="overlay" hidden></figure>',
            js_on_load=assets.mount("predict/heat_overlay/heat_overlay.js", paste_into=paste_into),
            apply_default_css=False,
            elem_id=elem_id,
            render=render,
        )

    def preprocess(  # type: ignore[override]
        self, payload: Any
    ) -> OverlayImage | None:
        """Return what the browser shows."""
        return None if payload is None else OverlayImage.model_validate(payload)

    def postprocess(self, value: OverlayImage | None) -> Any:  # type: ignore[override]
        """Return what the browser is to show."""
        return None if value is None else value.model_dump()

    def get_block_name(self) -> str:
        """Return the component that Gradio's front end draws."""
        return "html"
