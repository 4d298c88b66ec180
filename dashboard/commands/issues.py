"""The command that ranks what looks wrong."""

from typing import Annotated

import typer

from dashboard.commands import options, output

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    output.command(app, "issues")(issues)


def issues(
    kind: Annotated[
        str, typer.Option("--kind", metavar="label", help="What to look for.")
    ] = "label",
    backbone: Annotated[
        str | None,
        typer.Option(help="Network that looks at the pictures (kept for the workspace)."),
    ] = None,
    init: Annotated[
        str | None, typer.Option(metavar="imagenet|random|FILE", help="Its weights (kept, too).")
    ] = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Rank samples by how probably something is wrong with them, worst first."""
    from dashboard.commands import opening
    from dashboard.services import documents, embeddings
    from dashboard.services import issues as service

    with opening.workspace(workspace) as opened:
        progress = output.ProgressLine()
        try:
            found = service.find(opened, kind, embeddings.eye(opened, backbone, init), progress)
        finally:
            progress.close()
        names = opening.class_names(opened)
    rows = [documents.issue(one, names) for one in found]
    if as_json:
        output.document(rows)
        return
    output.table(
        ["file", "label", "rather", "score"],
        [
            [row["file"], names[one.given], row["suggested_label"], row["score"]]
            for one, row in zip(found[:SHOWN], rows, strict=False)
        ],
        empty="There are no labelled samples.",
    )
    if len(found) > SHOWN:
        output.say(f"The worst {SHOWN} of {len(found)}; --json lists all.")
