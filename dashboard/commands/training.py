"""Commands about training runs: start, follow, stop, resume, compare, use."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from core.types import BalanceMethod, Run
from dashboard.commands import following, options, output

if TYPE_CHECKING:
    from dashboard.services.training import Trainer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "train")(train)
    output.command(app, "stop")(stop)
    output.command(app, "resume")(resume)
    output.command(app, "runs")(runs)
    output.command(app, "use")(use)


def train(
    preset: Annotated[
        str, typer.Option(metavar="quick|balanced|thorough", help="A set of settings.")
    ] = "balanced",
    backbone: Annotated[str | None, typer.Option(help="Name of the network in timm.")] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="imagenet|random|FILE", help="Weights to start from."),
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="patient|author:K|image", help="What is kept together.")
    ] = "patient",
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Train on a leaking split; the run is marked.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Everything random follows from it.")] = None,
    folds: Annotated[
        int | None, typer.Option(help="Cross-validation parts over train and validation.")
    ] = None,
    folds_by: Annotated[
        str, typer.Option(metavar="patient|authors", help="Who dealt the folds.")
    ] = "patient",
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Cross-validate test, too: no test is left."),
    ] = False,
    search: Annotated[
        int,
        typer.Option(metavar="N", help="Try N settings on folds first; train with the best."),
    ] = 0,
    epochs: Annotated[int | None, typer.Option(help="Most passes over the training set.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the classifier head, at its highest.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side of the input in pixels.")] = None,
    optimizer: Annotated[str | None, typer.Option(metavar="adamw|adam")] = None,
    balance: Annotated[
        BalanceMethod | None, typer.Option(help="How to make up for rare classes.")
    ] = None,
    augmentation: Annotated[str | None, typer.Option(metavar="none|light|strong")] = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Train a model. Ctrl-C stops after the current batch and keeps the best epoch."""
    chosen = {
        "backbone": backbone,
        "init": init,
        "seed": seed,
        "folds": 5 if everything and folds is None and folds_by == "patient" else folds,
        "fold_source": folds_by,
        "fold_everything": everything,
        "search": search,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "image_size": image_size,
        "optimizer": optimizer,
        "balance": balance,
        "augmentation": augmentation,
    }
    from core import config
    from dashboard.commands import opening, searching
    from dashboard.services import searching as service
    from dashboard.services.training import Trainer

    settings = config.preset(preset, **{k: v for k, v in chosen.items() if v is not None})
    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        run = following.follow(trainer, trainer.start(settings, split=split, allow_leak=allow_leak))
        names = opening.class_names(opened)
        if search:
            searching.finish(
                run,
                service.of(opened, run),
                lambda trial: following.follow(trainer, service.train(opened, trainer, run, trial)),
                names,
                as_json=as_json,
            )
        else:
            following.tell(run, names, as_json=as_json)


def stop(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Stop a run after its current batch; its best epoch is kept."""
    _change(
        workspace, run, lambda trainer, found: trainer.stop(found), "was asked to stop", as_json
    )


def resume(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Go on with a run that was interrupted, from its last epoch."""
    from dashboard.commands import opening
    from dashboard.services.training import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        ended = following.follow(trainer, trainer.resume(trainer.get(run)))
        following.tell(ended, opening.class_names(opened), as_json=as_json)


def use(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Make a run's checkpoint the active one, which predicts from now on."""
    _change(workspace, run, lambda trainer, found: trainer.use(found), "is now active", as_json)


def _change(
    workspace: "options.Folder",
    text: str,
    change: "Callable[[Trainer, Run], Run]",
    what: str,
    as_json: bool,
) -> None:
    from dashboard.commands import opening
    from dashboard.services import documents
    from dashboard.services.training import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        changed = change(trainer, trainer.get(text))
    if as_json:
        output.document(documents.run_row(changed))
    else:
        typer.echo(f"{changed.id} {what}.")


def runs(
    workspace: options.Folder = options.DEFAULT_WORKSPACE, as_json: options.Json = False
) -> None:
    """List training runs, best on validation first."""
    from dashboard.commands import opening
    from dashboard.services import documents
    from dashboard.services.training import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        rows = [documents.run_row(run) for run in trainer.runs()]
    if as_json:
        output.document(rows)
        return
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
            for row in rows
        ],
        empty="No runs yet. Start one with `ai-mpox train`.",
    )
