"""The header as one component: what is open, what runs with Stop, who decides, where one is."""

from typing import Any

import gradio as gr

from dashboard.runtime.assets import Assets
from dashboard.schemas import messages
from dashboard.schemas.status import StatusValue


class StatusStrip(gr.HTML):
    """Shows a `StatusValue`. `strip.stop(handler)` hands a `gr.EventData` with a `StopRequest`."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(
            value=None,
            html_template='<div class="mpx-header-root"></div>',
            js_on_load=f'{assets.mount("shared/status_strip/status_strip.js")} // triggers "stop"',
            apply_default_css=False,
            elem_id="header",
        )

    def preprocess(self, payload: Any) -> None:
        """What it shows comes from the server: it is never an input."""

    def postprocess(self, value: Any) -> Any:
        """Return a `StatusValue` (or None) as the browser reads it."""
        return None if value is None else value.model_dump(mode="json")

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return messages.schema(StatusValue)
