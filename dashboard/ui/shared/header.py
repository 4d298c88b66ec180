"""The slim header on every tab, and the footer: what is open, what runs, who decides."""

from typing import Any

import gradio as gr

from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.ui.shared import status


def build(ctx: AppContext) -> gr.HTML:
    """Build the header; it also keeps the open tab in the address."""
    server = HeaderServer(ctx)
    return gr.HTML(
        html_template='<div class="mpx-header-root"></div>',
        js_on_load=ctx.assets.mount("shared/header.js"),
        apply_default_css=False,
        elem_id="header",
        server_functions=[
            feedback.endpoint(server.stop_run),
            feedback.endpoint(server.stop_import),
        ],
    )


class HeaderServer:
    """What can be done from the status strip."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def stop_run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask a run to stop; its best epoch is kept."""
        self.ctx.trainer.stop(self.ctx.trainer.get(str(payload.get("run", ""))))
        return status.document(self.ctx)

    def stop_import(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask the import to stop; what it has stored stays."""
        del payload
        self.ctx.desk.cancel()
        return status.document(self.ctx)
