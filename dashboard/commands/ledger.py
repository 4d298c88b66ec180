"""Commands that read the ledger of decisions and take them back."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.types import HistoryQuery, dates
from dashboard.commands import curation, options, output

if TYPE_CHECKING:
    from dashboard.schemas.documents.ledger import StateDocument


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "undo")(undo)
    output.command(app, "redo")(redo)
    output.command(app, "history")(history)
    output.command(app, "agreement")(agreement)
    group = typer.Typer(help="The ledger as a table: take it away, bring it in.")
    output.command(group, "export")(export)
    output.command(group, "import")(bring)
    app.add_typer(group, name="ledger")


def undo(
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            metavar="N",
            min=1,
            max=curation.MOST_NUMBER,
            help="Batch to undo (default: your own last).",
        ),
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
    from dashboard.services.curation import undoing

    if batch is not None and since is not None:
        raise typer.BadParameter("--batch and --since exclude each other: give one of them.")
    if everybody and since is None:
        raise typer.BadParameter("--everybody goes with --since MOMENT only: give that, too.")
    with opening.workspace(workspace) as opened:
        if since is None:
            result = undoing.undo(opened, who, batch)
        else:
            result = undoing.undo_since(opened, who, dates.read(since), everybody=everybody)
        curation.tell(result, "as before", as_json)


def redo(
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Take your last undo back."""
    from dashboard.commands import opening
    from dashboard.services.curation import undoing

    with opening.workspace(workspace) as opened:
        curation.tell(undoing.redo(opened, who), "decided again", as_json)


def history(
    sample: Annotated[
        str, typer.Option("--sample", metavar="SAMPLE", help="Only decisions on this sample.")
    ] = "",
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch", metavar="N", min=1, max=curation.MOST_NUMBER, help="Only this batch."
        ),
    ] = None,
    text: Annotated[
        str, typer.Option("--text", help="Only rows whose author, reason or note contain this.")
    ] = "",
    since: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Only rows from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Only rows up to then.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Only decisions of this person.")] = "",
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """List the decisions, oldest first."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.ledger import DecisionDocument
    from dashboard.services.curation import listing
    from dashboard.services.ledger import pages

    first = None if since is None else dates.read(since)
    last = None if until is None else dates.read(until, end_of_day=True)

    with opening.workspace(workspace) as opened:
        chosen = opening.sample_ids(opened, [sample])[0] if sample else None
        query = HistoryQuery(
            sample=chosen, batch=batch, text=text, who=by, since=first, until=last, limit=None
        )
        names, patients = listing.class_names(opened), listing.patient_names(opened)
        rows = [DecisionDocument.of(row, names, patients) for row in pages.history(opened, query)]
    if as_json:
        output.document(rows)
        return
    output.table(
        ["no", "batch", "when (UTC)", "who", "sample", "decision", "before", "after", ""],
        [
            [
                row.number,
                row.batch,
                f"{row.when.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                row.who,
                row.sample,
                row.kind,
                _short(row.before),
                _short(row.after),
                "" if row.applied else "not applied",
            ]
            for row in rows
        ],
        empty="No decisions yet.",
    )


def agreement(
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Tell how far readers agree on the samples that several have read."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.ledger import AgreementDocument
    from dashboard.services.curation import reader_agreement

    with opening.workspace(workspace) as opened:
        document = AgreementDocument.of(reader_agreement.agree(opened))
    if as_json:
        output.document(document)
        return
    columns = ["one", "other", "samples", "observed", "kappa", "low", "high"]
    output.table(
        columns,
        [[getattr(pair, column) for column in columns] for pair in document.pairs],
        empty="No sample has been read by two people yet.",
    )
    if document.pairs:
        fleiss = "–" if document.fleiss is None else f"{document.fleiss:.2f}"
        output.say(
            f"{document.samples} samples read by two or more, {document.disputed} in dispute; "
            f"Fleiss' kappa {fleiss}."
        )


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it: .csv or .xlsx.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Write the whole ledger as CSV, or as a spreadsheet."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.ledger import ExportDocument
    from dashboard.services.ledger import exchange

    with opening.workspace(workspace) as opened:
        rows = exchange.write(opened, file)
    if as_json:
        output.document(ExportDocument(file=str(file), rows=rows))
    else:
        output.say(f"{rows} decisions written to {file}.")


def bring(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` has written.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be taken over.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Take over the decisions of another workspace with the same images."""
    from dashboard.commands import opening
    from dashboard.services.ledger import exchange

    with opening.workspace(workspace) as opened:
        result = exchange.bring(opened, file, dry_run=dry_run)
    if as_json:
        output.document(result)
        return
    typer.echo(f"{result.applied} applied, {len(result.refused)} refused, {result.known} known.")
    for refused in result.refused:
        output.say(f"{refused.sample or 'No sample'}: {refused.why}")
    for sentence in result.skipped:
        output.say(sentence)


def _short(state: "StateDocument") -> str:
    return f"{state.label or 'unlabelled'}, {state.status}"
