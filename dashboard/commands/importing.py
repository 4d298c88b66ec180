"""The command that takes photographs into the workspace."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.errors import AppError
from core.types import ImportReport
from dashboard.commands import options, output

SHOWN = 10
"""How many examples a message lists before it says "and N more"."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    output.command(app, "import")(import_)


def import_(
    path: Annotated[Path, typer.Argument(help="A folder, a zip or a table (CSV, TSV, XLSX).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Take photographs into the workspace, after a dry run."""
    from dashboard.commands import opening
    from dashboard.services.importing import importer
    from dashboard.services.importing.import_document import ImportDocument

    with opening.workspace_or_scratch(workspace, scratch=dry_run) as opened:
        progress = output.ProgressLine()
        try:
            if dry_run or not yes:
                report = importer.plan(opened, path, progress=progress)
                progress.close()
            if not dry_run and not yes:
                _ask(report)
            if not dry_run:
                report = importer.run(opened, path, progress=progress)
        finally:
            progress.close()
        if as_json:
            output.document(ImportDocument.of(report))
        else:
            _tell(report)


def _ask(report: ImportReport) -> None:
    """Show what would happen and go on only when a person says yes."""
    if not sys.stdin.isatty():
        raise AppError(
            "The import was not confirmed: there is nobody to ask.",
            title="Not confirmed",
            hint="Add --yes to import, or --dry-run to look first.",
        )
    _tell(report, err=True)
    typer.confirm("Import this?", abort=True, err=True)


def _tell(report: ImportReport, *, err: bool = False) -> None:
    """Write the report as people read it."""

    def line(text: str) -> None:
        typer.echo(text, err=err)

    verb = "would be added" if report.dry_run else "added"
    line(
        f"{report.layout}: {report.files_seen} files seen, {report.added} samples {verb}, "
        f"{report.known - report.repeated} already known, {report.repeated} twice in this import, "
        f"{len(report.skipped)} skipped "
        f"({output.duration(report.seconds)})."
    )
    line(
        f"The workspace {'would have' if report.dry_run else 'has'} {report.samples} samples "
        f"of {report.patients} patients in {report.groups} groups."
    )
    for name, count in report.classes.items():
        line(f"  {name}: {count.images} images, {count.patients} patients")
    if report.demonstration:
        line(
            "This workspace holds the demonstration set. For a study of your own start another: "
            "ai-mpox serve --workspace NAME"
        )
    if report.children:
        line(f"{report.children} augmented copies were bound to their originals.")
    shared = [f"{' = '.join(files)} ({' and '.join(who)})" for files, who in report.shared]
    _some(line, "the same picture under several patients", shared)
    _some(line, "the same picture", [" = ".join(files) for files in report.duplicates])
    conflicts = [f"{', '.join(f)} ({' or '.join(labels)})" for f, labels in report.conflicts]
    _some(line, "conflicting labels", conflicts)
    _some(line, "skipped", [f"{skipped.file}: {skipped.reason}" for skipped in report.skipped])
    _some(line, "differs from a decision", list(report.differences))
    for note in report.notes:
        line(note)


def _some(line: "output.Line", what: str, examples: list[str]) -> None:
    for example in examples[:SHOWN]:
        line(f"{what}: {example}")
    if len(examples) > SHOWN:
        line(f"{what}: and {len(examples) - SHOWN} more")
