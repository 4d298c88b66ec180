"""Options that many commands share, written once."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard.services.curation import actor

DEFAULT_WORKSPACE = Path("workspace")


Folder = Annotated[
    Path, typer.Option("--workspace", "-w", help="Folder that holds the project.", metavar="DIR")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; messages go to stderr.")
]
Who = Annotated[
    str,
    typer.Option(
        "--as",
        help="Who decides (default: the operating system's user).",
        metavar="NAME",
        callback=actor.name,
        show_default=False,
    ),
]
Samples = Annotated[
    list[str],
    typer.Argument(
        metavar="SAMPLE...",
        help="Ids, beginnings of ids or file names; '-' reads them from standard input.",
    ),
]
Reason = Annotated[str, typer.Option(help="Short reason that goes into the ledger.")]
Note = Annotated[str, typer.Option(help="Free note that goes into the ledger.")]
RunText = Annotated[str, typer.Argument(metavar="RUN", help="Id or number of a run.")]
