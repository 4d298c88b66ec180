"""The command that trains a published recipe twice, with its leak and without."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import AppError
from dashboard.commands import following, options, output, settings_options

if TYPE_CHECKING:
    from dashboard.services.runs.protocol import Compared


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    output.command(app, "protocol", settings_options.ProtocolCommand)(protocol)


def protocol(
    ctx: typer.Context,
    show: Annotated[
        bool, typer.Option("--show", help="Train nothing; show the newest two runs again.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Reproduce the poster's protocol: leaky, and the same network split by patient.

    Both are measured on their test pictures, which counts as opening test.
    """
    from dashboard.commands import opening
    from dashboard.schemas.documents.evaluation import ProtocolDocument
    from dashboard.services.runs import protocol as service
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        if not show:
            settings = service.settings(opened)[0].changed(**settings_options.given(ctx))
            for run in service.start(trainer, settings).both:
                following.follow(trainer, run)
        pair = service.newest(opened)
        if pair is None:
            raise AppError(
                "The protocol has not been reproduced in this workspace.",
                title="Nothing to show",
                hint="`ai-mpox protocol` trains both runs.",
            )
        compared = service.compare(opened, pair)
    if as_json:
        output.document(ProtocolDocument.of(compared))
    else:
        _tell(compared)


def _tell(compared: "Compared") -> None:
    sides = (compared.published, compared.honest)
    poster = None if compared.printed is None else compared.printed.accuracy
    names = {
        "accuracy": "accuracy",
        "balanced_accuracy": "balanced accuracy",
        "macro_f1": "macro-F1",
    }
    output.table(
        ["", "as published (leaky)", "by patient", "difference", "the poster prints"],
        [
            [
                label,
                *[output.metric(getattr(side.test, name)) for side in sides],
                output.points(compared.gap[name]),
                f"{poster:.2f}" if name == "accuracy" and poster is not None else "–",
            ]
            for name, label in names.items()
        ],
    )
    for side in sides:
        shared = side.shared
        typer.echo(
            f"{side.run.id}: {side.test.images} test pictures of {side.test.patients} patients; "
            f"{shared.copied} have a copy of themselves in training, {shared.patients} a patient."
        )
