"""Commands that open the dashboard."""

import logging
from pathlib import Path
from typing import Annotated

import typer

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
    """Open the dashboard, draw demonstration data and train a first model before your eyes.

    With --no-serve all of it happens here, and the dashboard stays closed.
    """
    if no_serve:
        _prepare(workspace, as_json)
    else:
        _serve(workspace, host, port, open_browser, demo=True)


def _prepare(workspace: Path, as_json: bool) -> None:
    """Bring a workspace to "data and a trained model", doing only what is not there yet."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.training import TrainedRun
    from dashboard.services.importing import importer
    from dashboard.services.runs import demonstration
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace, create=True) as opened:
        if demonstration.needs_data(opened):
            output.say("Drawing the synthetic demonstration data.")
            demonstration.begin_import(opened)
            progress = output.ProgressLine()
            try:
                report = importer.run_demo(opened, progress=progress)
            finally:
                progress.close()
            demonstration.end_import(opened)
            output.say(
                f"{report.samples} pictures of {report.patients} invented patients, "
                f"{output.duration(report.seconds)}."
            )
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        run = demonstration.first_run(trainer)
        ended = run if run.evaluations else following.follow(trainer, run)
        following.tell(trainer, ended, TrainedRun.of, as_json=as_json)


def _serve(
    workspace: Path,
    host: str,
    port: int,
    open_browser: bool,
    fiftyone_app: int | None = None,
    *,
    demo: bool = False,
) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for chatty in ("httpx", "httpcore", "asyncio", "fiftyone", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    output.say("Opening the dashboard.")
    from dashboard.runtime.context import Settings
    from dashboard.server import app

    app.serve(
        Settings(
            workspace=workspace,
            host=host,
            port=port,
            open_browser=open_browser,
            fiftyone_app=fiftyone_app,
            demo=demo,
        )
    )
