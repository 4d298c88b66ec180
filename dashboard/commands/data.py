"""Commands about what is in the workspace: list, split, count."""

from collections.abc import Sequence
from typing import Annotated

import typer

from core.errors import AppError
from core.types import (
    BalanceMethod,
    Leak,
    Queue,
    SampleQuery,
    Split,
    Status,
)
from dashboard.commands import options, output

UNLABELLED = "none"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "samples")(samples)
    output.command(app, "split")(split)
    output.command(app, "balance")(balance)


def samples(
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="CLASS", help="Only this class ('none': unlabelled)."),
    ] = None,
    split: Annotated[list[Split] | None, typer.Option("--split", help="Only this split.")] = None,
    status: Annotated[
        list[Status] | None, typer.Option("--status", help="Only this status.")
    ] = None,
    queue: Annotated[list[Queue] | None, typer.Option("--queue", help="Only this queue.")] = None,
    text: Annotated[
        str, typer.Option("--text", help="Only files or patients whose name contains this.")
    ] = "",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Labels, patients, statuses as of that day."),
    ] = None,
    ids: Annotated[
        bool, typer.Option("--ids", help="Print ids only, one a line, for other commands.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """List samples with their labels, patients, splits and statuses."""
    from core.types import dates
    from dashboard.commands import opening
    from dashboard.schemas.documents.samples import SampleDocument
    from dashboard.services.curation import classes, listing

    if as_of is not None and (split or queue):
        raise AppError(
            "Splits and queues are not known for an earlier day.",
            title="Not known",
            hint="With --as-of, choose by --label, --status or --text only.",
        )
    with opening.workspace(workspace) as opened:
        query = SampleQuery(
            labels=tuple(
                None if name == UNLABELLED else classes.find(opened, name).id
                for name in label or ()
            ),
            splits=tuple(split or ()),
            statuses=tuple(status or ()),
            queues=tuple(queue or ()),
            text=text,
        )
        if as_of is None:
            matching = listing.matching(opened, query)
        else:
            matching = listing.as_of(opened, dates.as_of(as_of), query)
        names, patients = listing.class_names(opened), listing.patient_names(opened)
    if ids:
        for sample in matching:
            typer.echo(sample.id)
        return
    rows = [SampleDocument.of(sample, names, patients) for sample in matching]
    if as_json:
        output.document(rows)
        return
    columns = ["id", "file", "label", "patient", "split", "status"]
    cells = [[getattr(row, column) for column in columns] for row in rows]
    output.table(columns, cells, empty="No samples here.")


def split(
    new_version: Annotated[
        bool, typer.Option("--new-version", help="Assign everything anew, test set included.")
    ] = False,
    kind: Annotated[
        str,
        typer.Option(
            metavar="patient|author:K|image",
            help="What is kept together (default: as it is now).",
            show_default=False,
        ),
    ] = "",
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Seed of a new version, as of a training.")
    ] = 0,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Show the split into train, validation and test; make the first one, or a new version."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.splits import SplitDocument
    from dashboard.services.curation import listing
    from dashboard.services.splits import split_versions

    with opening.workspace(workspace) as opened:
        now = listing.split_in_use(opened)
        if now is None or new_version or kind:
            make = split_versions.new_version if new_version else split_versions.ensure
            now = make(opened, kind or (now.kind if now else "patient"), seed)
        placed = listing.matching(opened, SampleQuery())
        document = SplitDocument.of(now, placed, split_versions.leaks(opened))
    if as_json:
        output.document(document)
        return
    typer.echo(f"Split version {now.number} ({now.kind}, seed {now.seed})")
    output.table(
        ["split", "images", "patients"],
        [[row.split, row.images, row.patients] for row in document.splits],
    )
    _tell_leaks(document.leaks)


def balance(
    method: Annotated[
        BalanceMethod, typer.Option(help="How training makes up for rare classes.")
    ] = BalanceMethod.CLASS_WEIGHTS,
    target: Annotated[
        int | None, typer.Option(help="Images per class and epoch, with 'augmentation'.")
    ] = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Count classes by split and patient, plan the balancing, look for leaks."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.splits import BalanceDocument
    from dashboard.services.splits import balance as service

    with opening.workspace(workspace) as opened:
        document = BalanceDocument.of(service.overview(opened, method, target))
    if as_json:
        output.document(document)
        return
    output.table(
        ["class", "split", "images", "patients"],
        [[row.class_name, row.split, row.images, row.patients] for row in document.rows],
    )
    planned = ", ".join(f"{images} {name}" for name, images in document.plan.target.items())
    typer.echo(f"An epoch shows ({method.value}): {planned or 'nothing yet'}.")
    _tell_leaks(document.leaks)


def _tell_leaks(leaks: Sequence[Leak]) -> None:
    if not leaks:
        typer.echo("No patient and no picture stands on two sides.")
    for leak in leaks:
        typer.echo(f"Leak ({leak.kind}): {leak.patient} {list(leak.files)}")
