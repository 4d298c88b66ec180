"""Curate: which labels can I trust? Facets, grid, one photograph in detail, and imports."""

from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import AppError
from dashboard.runtime import feedback
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.importing import importer
from dashboard.services.importing.background import DeskState
from dashboard.ui.curate.grid_server import GridServer
from dashboard.ui.curate.record import RecordServer
from dashboard.ui.curate.review import ReviewServer
from dashboard.ui.shared import cards, query_codec
from dashboard.ui.shared.page import Page


def build(ctx: AppContext, page: Page) -> None:
    """Build the tab: one component whose browser side asks for what it shows."""
    del page  # The component loads itself when it is first drawn.
    server = CurateServer(ctx)
    own = (
        server.curate_facets,
        server.import_check,
        server.import_start,
        server.import_demo,
        server.import_state,
        server.import_cancel,
        server.import_clear,
    )
    gr.HTML(
        html_template='<div class="mpx-curate-root"></div>',
        js_on_load=ctx.assets.mount("curate/curate.js"),
        apply_default_css=False,
        elem_id="curate",
        server_functions=[
            *GridServer(ctx).functions(),
            *(feedback.endpoint(method) for method in own),
            *(feedback.endpoint(method) for method in ReviewServer(ctx).functions()),
            *(feedback.endpoint(method) for method in RecordServer(ctx).functions()),
        ],
    )


class CurateServer:
    """What the Curate tab asks for beside what its grid does."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def curate_facets(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the counts beside the grid, and the chosen patient's name."""
        query = query_codec.from_params(payload)
        counts = cards.facets(browsing.facets(self.ctx.workspace, query))
        chosen = query.patient
        name = None if chosen is None else browsing.patient_name(self.ctx.workspace, chosen)
        return {**counts, "patient_name": name, "classes": cards.classes(self.ctx.classes())}

    def import_check(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Start a dry run of what a person named or sent."""
        path, name = self._chosen(payload)
        self.ctx.desk.check(path, name)
        return self.import_state({})

    def import_start(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Start the import of what has been checked."""
        path, name = self._chosen(payload)
        self.ctx.desk.start(path, name)
        return self.import_state({})

    def import_demo(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Start making the synthetic demonstration data."""
        del payload
        self.ctx.desk.start_demo()
        return self.import_state({})

    def import_state(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return where the import is."""
        del payload
        return desk_json(self.ctx.desk.state())

    def import_cancel(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Ask the check or the import to stop."""
        del payload
        self.ctx.desk.cancel()
        return self.import_state({})

    def import_clear(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Forget the last report."""
        del payload
        self.ctx.desk.clear()
        return self.import_state({})

    def _chosen(self, payload: dict[str, Any]) -> tuple[Path, str]:
        """Return the path that was typed, or that of a file sent through the browser."""
        uploaded, typed = payload.get("uploaded"), str(payload.get("path") or "").strip()
        if uploaded:
            path = Path(str(uploaded)).resolve()
            if not path.is_relative_to((self.ctx.workspace.cache / "uploads").resolve()):
                raise AppError(
                    "This file was not sent through this page.",
                    title="Not an upload",
                    hint="Choose the file again.",
                )
            return path, path.name
        if not typed:
            raise AppError(
                "No folder, zip or table was named.",
                title="Nothing to import",
                hint="Type a path, or choose a zip.",
            )
        return Path(typed).expanduser(), typed


def desk_json(state: DeskState) -> dict[str, Any]:
    """Return the desk's state as the browser reads it."""
    progress = state.progress
    return {
        "phase": state.phase.value,
        "name": state.name,
        "progress": None
        if progress is None
        else {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "seconds_left": progress.seconds_left,
        },
        "report": None if state.report is None else importer.report_json(state.report),
        "failure": None if state.error is None else feedback.error_json(state.error)["error"],
    }
