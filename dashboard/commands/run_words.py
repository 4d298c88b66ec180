"""Documents about runs, written as people read them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from dashboard.commands import output

if TYPE_CHECKING:
    from dashboard.schemas.documents.run_difference import (
        DataDocument,
        NamedSample,
        RunDifferenceDocument,
    )
    from dashboard.schemas.documents.runs import RunDocument, RunRow

_NAMED = 10
"""So many samples of a kind are named; the rest is counted."""


def rows(runs: "Sequence[RunRow]") -> None:
    """Print the list of runs."""
    output.table(
        ["run", "status", "preset", "backbone", "balanced accuracy", "macro-F1", ""],
        [
            [
                run.run,
                run.status,
                run.preset,
                run.backbone,
                None if run.validation is None else run.validation.balanced_accuracy,
                None if run.validation is None else run.validation.macro_f1,
                "active" if run.active else "leaky" if run.leaky else run.message,
            ]
            for run in runs
        ],
        empty="No runs yet. Start one with `ai-mpox train`.",
    )


def details(run: "RunDocument") -> None:
    """Print all of one run."""
    typer.echo(f"{run.run} {run.status}. {run.message}".strip())
    for title in ("settings", "images", "hardware", "versions", "cost"):
        typer.echo(f"\n{title}")
        for name, value in getattr(run, title).items():
            typer.echo(f"  {name}: {value}")
    typer.echo("\nlog")
    for line in (*run.log, *run.traceback.splitlines()):
        typer.echo(f"  {line}")


def difference(compared: "RunDifferenceDocument") -> None:
    """Print what the second of two runs has otherwise."""
    headings = ["", compared.before, compared.after]
    for title, changes in (("settings", compared.settings), ("versions", compared.versions)):
        if changes:
            typer.echo(title)
            output.table(headings, [[name, c.before, c.after] for name, c in changes.items()])
    _data(compared.data)
    typer.echo(compared.split.replace("_", "-"))
    metrics = [
        [name.replace("_", " "), output.metric(pair.before), output.metric(pair.after)]
        for name, pair in compared.metrics.items()
    ]
    output.table(headings, metrics)
    gain = compared.paired
    if gain is None:
        typer.echo(compared.why_not)
        return
    typer.echo(
        f"On the same {gain.images} images of {gain.patients} patients, with the labels of "
        f"now: balanced accuracy {100 * gain.value:+.1f} points "
        f"({100 * gain.low:+.1f} to {100 * gain.high:+.1f}); "
        f"{gain.mended} right only with the second, {gain.broken} only with the first."
    )


def _data(data: "DataDocument | None") -> None:
    from dashboard.schemas.documents.run_difference import ChangedSample

    if data is None:
        typer.echo("The samples cannot be compared: a job file is gone.")
        return
    kinds: dict[str, Sequence[NamedSample]] = {
        "added": data.added,
        "removed": data.removed,
        "relabelled": data.relabelled,
        "moved": data.moved,
    }
    counted = ", ".join(f"{len(samples)} {kind}" for kind, samples in kinds.items())
    typer.echo(f"samples: {data.shared} in both, {counted}")
    for kind, samples in kinds.items():
        for sample in samples[:_NAMED]:
            change = ""
            if isinstance(sample, ChangedSample):
                change = f": {sample.before} -> {sample.after}"
            typer.echo(f"  {kind} {sample.file or sample.sample}{change}")
        if len(samples) > _NAMED:
            typer.echo(f"  and {len(samples) - _NAMED} more {kind}")
