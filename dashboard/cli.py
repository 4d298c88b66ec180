"""The command `ai-mpox`. Heavy imports stand inside the commands, so that help answers at once."""

import warnings

import typer

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
