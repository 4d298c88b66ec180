"""The dashboard: FastAPI around Gradio Blocks, five tabs in one frame."""

import functools
import inspect
import logging
import os
import signal
import socket
import threading
import webbrowser
from types import FrameType
from typing import Any

# Gradio reads these while it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# FastAPI exports traces where variables of the environment ask for it: nothing leaves this machine.
os.environ["OTEL_SDK_DISABLED"] = "true"
# Gradio asks for the backend of Matplotlib around every handler: without a name here, Matplotlib
# loads half of itself to find one, while the first visitor waits.
os.environ.setdefault("MPLBACKEND", "agg")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio.routes import App as GradioApp
from starlette.routing import Mount

from core.errors import AppError
from dashboard.runtime.context import AppContext, Settings, open_context
from dashboard.server import routes
from dashboard.server.opening_page import OpeningPage
from dashboard.server.queue_pace import QueuePace
from dashboard.server.security import Guard
from dashboard.services.system import uploads
from dashboard.ui.balance import tab as balance
from dashboard.ui.curate import tab as curate
from dashboard.ui.evaluate import tab as evaluate
from dashboard.ui.predict import tab as predict
from dashboard.ui.shared import header, theme
from dashboard.ui.shared.page import Page
from dashboard.ui.train import tab as train

log = logging.getLogger(__name__)

TABS = {
    "Curate": curate.build,
    "Balance": balance.build,
    "Train": train.build,
    "Evaluate": evaluate.build,
    "Predict": predict.build,
}
TAB_IDS = tuple(label.lower() for label in TABS)
MOST_WAITING = 1_000
"""Events that wait for their turn; Gradio says so to whoever comes after."""
MAX_UPLOAD = "4gb"
"""A zip of a whole data set fits; a single photograph is bounded again where it is decoded."""


def blocks(ctx: AppContext) -> gr.Blocks:
    """Compose the page: header, five tabs, footer."""
    demo: gr.Blocks
    with gr.Blocks(title="AI-Mpox", fill_width=True, analytics_enabled=False) as demo:
        page = Page(ctx)
        header.build(ctx, page.clock)
        tabs = []
        with gr.Tabs(selected=TAB_IDS[0], elem_id="tabs"):
            for name, (label, build) in zip(TAB_IDS, TABS.items(), strict=True):
                with gr.Tab(label, id=name, elem_id=f"tab-{name}") as tab:
                    build(ctx, page)
                tabs.append(tab)
        page.clock.start(demo, tabs)
    for listener in demo.fns.values():
        listener.api_visibility = "private"
    demo.queue(status_update_rate=1, max_size=MOST_WAITING)
    _keep_settings(demo)
    return demo


def _keep_settings(demo: gr.Blocks) -> None:
    """Keep what each component says of its settings and values, and its constructor's signature.

    For each page that opens Gradio asks all of them, and nobody else is answered meanwhile. What a
    handler changes is another component to Gradio, which is asked by its signature.
    """
    for kind in {type(block) for block in demo.blocks.values()}:
        constructor: Any = kind.__init__
        constructor.__signature__ = inspect.signature(constructor)
    for block in demo.blocks.values():
        component: Any = block
        component.get_config = functools.partial(dict, block.get_config())
        if not block.skip_api:
            component.api_info = functools.partial(dict, component.api_info())


def create(ctx: AppContext) -> FastAPI:
    """Return the whole application behind its guard."""
    # Uploads wait below the workspace, where they can be deleted at any time.
    uploads.clear(ctx.workspace)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads.folder(ctx.workspace))
    app = FastAPI(title="AI-Mpox", docs_url=None, redoc_url=None, openapi_url=None)
    routes.add(app, ctx)
    page = blocks(ctx)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=ctx.settings.host,
        server_port=ctx.settings.port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        enable_monitoring=False,
        theme=theme.theme(),
        head=ctx.assets.styles,
    )
    tabs = {"tab": TAB_IDS, "view": curate.VIEWS}
    app.add_middleware(QueuePace, queue=page._queue)
    app.add_middleware(OpeningPage, first=ctx.assets.first, last=ctx.assets.modules, tabs=tabs)
    app.add_middleware(Guard, host=ctx.settings.host)
    return app


def serve(settings: Settings) -> None:
    """Serve the workspace until a person stops it (main thread).

    Raises AppError when the port is taken and WorkspaceInUse when the workspace is.
    """
    with bound(settings) as listener, open_context(settings) as ctx:
        server = _Server(create(ctx))
        address = f"http://{_shown(settings.host)}:{settings.port}"
        log.info("AI-Mpox is at %s", address)
        if settings.demo:
            address += "/?tab=train"
            log.info("Demonstration data and a first model: watch them come at %s", address)
        if settings.open_browser:
            threading.Timer(1.0, webbrowser.open, [address]).start()
        # The server listens to them while it runs. What is open then is closed in a few seconds,
        # whoever presses Ctrl-C meanwhile.
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends once: another Ctrl-C while it ends is no reason to break off what it finishes."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            log.info("Stopping.")
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End Gradio's streams to open pages first; they would be waited for."""
        for route in self._app.routes:
            if isinstance(route, Mount) and isinstance(route.app, GradioApp):
                route.app.stop_event.set()
        await super().shutdown(sockets)


def bound(settings: Settings) -> socket.socket:
    """Return a socket at the address that the settings name; the server listens on it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Only of sockets that name TCP does asyncio switch Nagle's algorithm off, and without that
    # every answer can wait 40 ms for the browser's acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise AppError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}).",
            title="Port in use",
            hint="Stop what uses it, or choose another with --port.",
        ) from error
    return listener


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
