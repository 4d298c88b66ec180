"""Commands that read the ledger of decisions and take them back."""

from typing import Annotated

import typer

from dashboard.commands import curation, moments, options, output


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "undo")(undo)
    output.command(app, "redo")(redo)
    output.command(app, "history")(history)


def undo(
    batch: Annotated[
        int | None,
        typer.Option("--batch", metavar="N", help="Batch to undo (default: your own last)."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Undo everything since then: 2026-05-03T14:00."),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="With --since: the decisions of others, too.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Take a batch of decisions back, or all since a moment; by itself a new batch."""
    from dashboard.commands import opening
    from dashboard.services import undoing

    with opening.workspace(workspace) as opened:
        if since is None:
            result = undoing.undo(opened, who, batch)
        else:
            result = undoing.undo_since(opened, who, moments.read(since), everybody=everybody)
        curation.tell(result, "as before", as_json)


def redo(
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Take your last undo back."""
    from dashboard.commands import opening
    from dashboard.services import undoing

    with opening.workspace(workspace) as opened:
        curation.tell(undoing.redo(opened, who), "decided again", as_json)


def history(
    sample: Annotated[
        str, typer.Option("--sample", metavar="SAMPLE", help="Only decisions on this sample.")
    ] = "",
    batch: Annotated[
        int | None, typer.Option("--batch", metavar="N", help="Only this batch.")
    ] = None,
    text: Annotated[
        str, typer.Option("--text", help="Only rows whose author, reason or note contain this.")
    ] = "",
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """List the decisions, oldest first."""
    from dashboard.commands import opening
    from dashboard.services import curation as service
    from dashboard.services import documents, listing

    with opening.workspace(workspace) as opened:
        chosen = opening.sample_ids(opened, [sample])[0] if sample else None
        rows = service.history(opened, sample=chosen, batch=batch, text=text, limit=None)
        names, patients = listing.class_names(opened), listing.patient_names(opened)
    described = [documents.decision(row, names, patients) for row in rows]
    if as_json:
        output.document(described)
        return
    output.table(
        ["no", "batch", "when (UTC)", "who", "sample", "decision", "before", "after", ""],
        [
            [
                row["number"],
                row["batch"],
                row["when"][:19].replace("T", " "),
                row["who"],
                row["sample"],
                row["kind"],
                _short(row["before"]),
                _short(row["after"]),
                "" if row["applied"] else "not applied",
            ]
            for row in described
        ],
        empty="No decisions yet.",
    )


def _short(state: dict[str, object]) -> str:
    return f"{state['label'] or 'unlabelled'}, {state['status']}"
