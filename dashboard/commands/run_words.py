"""Documents about runs, written as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from core.types import Metric
from dashboard.commands import output

Document = Mapping[str, Any]
_NAMED = 10
"""So many samples of a kind are named; the rest is counted."""


def rows(found: Sequence[Document]) -> None:
    """Print the list of runs."""
    output.table(
        ["run", "status", "preset", "backbone", "balanced accuracy", "macro-F1", ""],
        [
            [
                row["run"],
                row["status"],
                row["preset"],
                row["backbone"],
                None if row["validation"] is None else row["validation"]["balanced_accuracy"],
                None if row["validation"] is None else row["validation"]["macro_f1"],
                "active" if row["active"] else "leaky" if row["leaky"] else row["message"],
            ]
            for row in found
        ],
        empty="No runs yet. Start one with `ai-mpox train`.",
    )


def details(found: Document) -> None:
    """Print all of one run."""
    typer.echo(f"{found['run']} {found['status']}. {found['message']}".strip())
    for title in ("settings", "images", "hardware", "versions", "cost"):
        typer.echo(f"\n{title}")
        for name, value in found[title].items():
            typer.echo(f"  {name}: {value}")
    typer.echo("\nlog")
    for line in (*found["log"], *found["traceback"].splitlines()):
        typer.echo(f"  {line}")


def difference(found: Document) -> None:
    """Print what the second of two runs has otherwise."""
    for title in ("settings", "versions"):
        if found[title]:
            typer.echo(title)
            pairs = [[name, one["before"], one["after"]] for name, one in found[title].items()]
            output.table(["", found["before"], found["after"]], pairs)
    _data(found["data"])
    typer.echo(found["split"].replace("_", "-"))
    metrics = [
        [name.replace("_", " "), _metric(one["before"]), _metric(one["after"])]
        for name, one in found["metrics"].items()
    ]
    output.table(["", found["before"], found["after"]], metrics)
    gain = found["paired"]
    if gain is None:
        typer.echo(found["why_not"])
        return
    typer.echo(
        f"On the same {gain['images']} images of {gain['patients']} patients, with the labels of "
        f"now: balanced accuracy {100 * gain['value']:+.1f} points "
        f"({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}); "
        f"{gain['mended']} right only with the second, {gain['broken']} only with the first."
    )


def _data(data: Document | None) -> None:
    if data is None:
        typer.echo("The samples cannot be compared: a job file is gone.")
        return
    kinds = ("added", "removed", "relabelled", "moved")
    counted = ", ".join(f"{len(data[kind])} {kind}" for kind in kinds)
    typer.echo(f"samples: {data['shared']} in both, {counted}")
    for kind in kinds:
        for one in data[kind][:_NAMED]:
            change = f": {one['before']} -> {one['after']}" if "before" in one else ""
            typer.echo(f"  {kind} {one['file'] or one['sample']}{change}")
        if len(data[kind]) > _NAMED:
            typer.echo(f"  and {len(data[kind]) - _NAMED} more {kind}")


def _metric(value: Document | None) -> str:
    return output.metric(None if value is None else Metric(**value))
