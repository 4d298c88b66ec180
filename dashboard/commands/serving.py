"""Commands that open the dashboard."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from core.types import RunStatus
from dashboard.commands import following, options, output

Host = Annotated[
    str, typer.Option("--host", help="Address to listen on; 127.0.0.1 is this machine only.")
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")]
Browser = Annotated[bool, typer.Option("--open", help="Open the dashboard in a browser.")]
FiftyOneApp = Annotated[
    int | None,
    typer.Option(
        "--fiftyone-app",
        min=1,
        max=65535,
        metavar="PORT",
        help="Also open the FiftyOne App on this port of this machine; it has no login.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "demo")(demo)
    output.command(app, "serve")(serve)


def serve(
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    open_browser: Browser = False,
    fiftyone_app: FiftyOneApp = None,
) -> None:
    """Open the dashboard until Ctrl-C."""
    _serve(workspace, host, port, open_browser, fiftyone_app)


def demo(
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Stop before serving the dashboard.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    open_browser: Browser = False,
    as_json: options.Json = False,
) -> None:
    """Make synthetic demonstration data, train a first model on it, open the dashboard."""
    _prepare(workspace, as_json)
    if not no_serve:
        _serve(workspace, host, port, open_browser)


def _prepare(workspace: Path, as_json: bool) -> None:
    """Bring a workspace to "data and a trained model", doing only what is not there yet."""
    from core import presets
    from dashboard.commands import opening
    from dashboard.services import documents, importing
    from dashboard.services.training import Trainer

    with opening.workspace(workspace, create=True) as opened:
        if not opening.has_samples(opened):
            output.say("Drawing the synthetic demonstration data.")
            progress = output.ProgressLine()
            try:
                report = importing.run_demo(opened, progress=progress)
            finally:
                progress.close()
            output.say(
                f"{report.samples} pictures of {report.patients} invented patients, "
                f"{output.duration(report.seconds)}."
            )
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        ended = [run for run in trainer.runs() if run.evaluations]
        if not ended:
            ended = [following.follow(trainer, trainer.start(presets.demo()))]
        names = opening.class_names(opened)
    if ended[0].status in (RunStatus.FINISHED, RunStatus.STOPPED) and as_json:
        output.document(documents.trained(ended[0], names))
    elif as_json is False:
        following.tell(ended[0], names, as_json=False)


def _serve(
    workspace: Path, host: str, port: int, open_browser: bool, fiftyone_app: int | None = None
) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for chatty in ("httpx", "httpcore", "asyncio", "fiftyone", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    output.say("Opening the dashboard.")
    from dashboard import app
    from dashboard.context import Settings

    app.serve(
        Settings(
            workspace=workspace,
            host=host,
            port=port,
            open_browser=open_browser,
            fiftyone_app=fiftyone_app,
        )
    )
