"""The command `ai-mpox`. Heavy imports stand inside the commands, so that help answers at once."""

import warnings
from typing import Annotated

import typer

import dashboard
from core.devices import openmp
from dashboard.commands import (
    classes,
    curation,
    data,
    evaluation,
    importing,
    issues,
    ledger,
    protocol,
    runs,
    serving,
    training,
    upkeep,
)

app = typer.Typer(
    name="ai-mpox",
    help=(
        "Curate, balance, train, evaluate and use classifiers of skin conditions on your own "
        "machine. Research use, not a diagnosis."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ai-mpox {dashboard.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Hold the options that stand before every command."""
    del version


for theme in (
    serving,
    importing,
    data,
    classes,
    curation,
    issues,
    ledger,
    training,
    runs,
    evaluation,
    protocol,
    upkeep,
):
    theme.register(app)


def main() -> None:
    """Run the command line."""
    openmp.wait_briefly()
    # Pillow warns about odd pictures, naming its own files; the report names the pictures.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    app()
