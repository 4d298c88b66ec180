"""The commands that rank suspected defects, and that compute the dashboard's queues again."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from core.types import IssueKind, Progress
from dashboard.commands import options, output

if TYPE_CHECKING:
    from core.types import Encoder

SHOWN = 20

Backbone = Annotated[
    str | None, typer.Option(help="Network that looks at the pictures (kept for the workspace).")
]
Init = Annotated[
    str | None, typer.Option(metavar="imagenet|random|FILE", help="Its weights (kept, too).")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "issues")(issues)
    output.command(app, "queues")(queues)


def issues(
    kind: Annotated[IssueKind, typer.Option("--kind", help="What to look for.")] = IssueKind.LABEL,
    backbone: Backbone = None,
    init: Init = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Rank samples by how probably something is wrong with them, worst first."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.samples import IssueDocument
    from dashboard.services.curation import listing
    from dashboard.services.queues import encoders
    from dashboard.services.queues import issues as service

    with opening.workspace(workspace) as opened:
        encoder = encoders.of(opened, backbone, init)
        progress = output.ProgressLine()
        try:
            ranked = service.find(opened, kind, encoder, progress)
        finally:
            progress.close()
        _tell_random(encoder)
        names = opening.class_names(opened)
        samples = listing.by_id(opened)
    rows = [IssueDocument.of(issue, samples, names) for issue in ranked]
    if as_json:
        output.document(rows)
        return
    output.table(
        ["file", "score", "why"],
        [[row.file, row.score, row.reason] for row in rows[:SHOWN]],
        empty="Nothing of this kind was found.",
    )
    if len(rows) > SHOWN:
        output.say(f"The worst {SHOWN} of {len(rows)}; --json lists all.")


def queues(
    strategy: Annotated[
        str | None, typer.Option(help="Query strategy that orders what is asked next (kept).")
    ] = None,
    backbone: Backbone = None,
    init: Init = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Make the dashboard's queues anew: what looks wrong, and what to ask a person next."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.samples import QueuesDocument
    from dashboard.services.curation import listing
    from dashboard.services.processes import presence
    from dashboard.services.queues import encoders, queue_state, refresh
    from dashboard.services.queues.worker import ProgressWriter

    began = time.monotonic()
    with opening.workspace(workspace) as opened:
        if backbone or init:
            encoders.of(opened, backbone, init)
        if strategy:
            queue_state.choose_strategy(opened, strategy)
        line, file = output.ProgressLine(), ProgressWriter(opened)

        def progress(step: Progress) -> None:
            line(step)
            file(step)

        try:
            with presence.resting(opened):
                changed = refresh.refresh(opened, progress)
        finally:
            line.close()
        _tell_random(queue_state.encoder(opened))
        sizes = listing.queue_sizes(opened)
        chosen = queue_state.strategy(opened)
    seconds = time.monotonic() - began
    if as_json:
        output.document(
            QueuesDocument(
                queues=sizes, strategy=chosen, changed=changed, seconds=round(seconds, 2)
            )
        )
        return
    output.table(["queue", "samples"], [[queue.value, number] for queue, number in sizes.items()])
    output.say(f"Asked in the order of {chosen}; {output.duration(seconds)}.")


def _tell_random(encoder: "Encoder") -> None:
    """Warn on stderr where the encoder has random weights."""
    if encoder.init == "random":
        output.say(
            f"{encoder.backbone} looked at the pictures with random weights: it tells colours and "
            "textures apart, but has learnt nothing. Choose others with --init."
        )
