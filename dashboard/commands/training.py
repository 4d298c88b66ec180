"""Commands that train: start a run or go on with one, and follow it to its end."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import AppError
from core.types import BalanceMethod, Run, dates
from dashboard.commands import following, options, output

if TYPE_CHECKING:
    from dashboard.services.runs.enqueue import Wanted
    from dashboard.services.runs.trainer import Trainer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "train")(train)
    output.command(app, "resume")(resume)


def train(
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="quick|balanced|thorough", help="A set of settings.", show_default="balanced"
        ),
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="Name of the network in timm.")] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="imagenet|random|FILE", help="Weights to start from."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="patient|author:K|image", help="What is kept together.", show_default="patient"
        ),
    ] = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Train on a leaking split; the run is marked.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Everything random follows from it.")] = None,
    folds: Annotated[
        int | None, typer.Option(help="Cross-validation parts over train and validation.")
    ] = None,
    folds_by: Annotated[
        str | None,
        typer.Option(
            metavar="patient|authors", help="Who dealt the folds.", show_default="patient"
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Cross-validate test, too: no test is left."),
    ] = False,
    search: Annotated[
        int | None,
        typer.Option(metavar="N", help="Try N settings on folds first; train with the best."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Most passes over the training set.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the classifier head, at its highest.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    devices: Annotated[
        int | None,
        typer.Option(metavar="N", help="Processes that share every batch; 0: one for each GPU."),
    ] = None,
    image_size: Annotated[int | None, typer.Option(help="Side of the input in pixels.")] = None,
    optimizer: Annotated[str | None, typer.Option(metavar="adamw|adam")] = None,
    balance: Annotated[
        BalanceMethod | None, typer.Option(help="How to make up for rare classes.")
    ] = None,
    augmentation: Annotated[str | None, typer.Option(metavar="none|light|strong")] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Labels and exclusions as of that day."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="RUN", help="Settings of a run, but for those given here."),
    ] = None,
    repeat: Annotated[
        str | None,
        typer.Option("--repeat", metavar="RUN", help="The very job of a run: same images, labels."),
    ] = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Train a model. Ctrl-C stops after the current batch and keeps the best epoch."""
    chosen = {
        "backbone": backbone,
        "init": init,
        "seed": seed,
        "folds": 5 if everything and folds is None and folds_by != "authors" else folds,
        "fold_source": folds_by,
        "fold_everything": everything or None,
        "search": search,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "devices": devices,
        "image_size": image_size,
        "optimizer": optimizer,
        "balance": balance,
        "augmentation": augmentation,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    from dashboard.commands import opening
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        if repeat is not None:
            apart = any((given, preset, split, allow_leak, as_of, like))
            run = _repeat(trainer, repeat, alone=not apart)
        else:
            old = None if like is None else trainer.get(like)
            wanted = _wanted(given, preset, old)
            moment = None if as_of is None else dates.as_of(as_of)
            run = trainer.queue(
                replace(
                    wanted,
                    split=split or wanted.split,
                    allow_leak=allow_leak or wanted.allow_leak,
                    as_of=moment,
                )
            )
        _to_the_end(trainer, run, as_json=as_json)


def _to_the_end(trainer: "Trainer", run: Run, *, as_json: bool) -> None:
    """Follow a run and tell how it ended; after a search train with the best of its trials."""
    from dashboard.commands import searching
    from dashboard.services.runs import searches as service

    workspace = trainer.workspace
    ended = following.follow(trainer, run)
    if ended.config.get("search"):
        searching.finish(
            trainer,
            ended,
            service.of(workspace, ended),
            lambda one: following.follow(trainer, service.train(workspace, trainer, ended, one)),
            as_json=as_json,
        )
    else:
        expected = trainer.live(ended).estimate
        made = None if expected is None else asdict(expected)
        following.tell(trainer, ended, as_json=as_json, estimate=made)


def _wanted(given: dict[str, Any], preset: str | None, like: Run | None) -> "Wanted":
    """Return a preset or the settings of a run, with what was given replaced."""
    from core.settings import config, presets
    from dashboard.services.runs import networks
    from dashboard.services.runs.enqueue import Wanted

    if "backbone" in given:
        given.setdefault("image_size", networks.usual_size(given["backbone"]))
    if like is None:
        return Wanted(config=presets.named(preset or "balanced", **given))
    if preset is not None:
        raise AppError(
            "A run takes its settings from a preset or from another run, not from both.",
            title="Two beginnings",
            hint="Leave out --preset, or --like.",
        )
    return Wanted(
        config=config.from_dict({**like.config, **given}),
        split=like.split_kind,
        allow_leak=like.leaky,
        repeats=like.number,
    )


def _repeat(trainer: "Trainer", text: str, *, alone: bool) -> Run:
    if not alone:
        raise AppError(
            "A repetition has the settings, images and labels of its run: nothing can be changed.",
            title="Two beginnings",
            hint="Leave the other options out, or use --like.",
        )
    return trainer.repeat(trainer.get(text))


def resume(
    run: options.RunText,
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            metavar="N",
            min=1,
            help="Images that go through the network at once, where memory is short.",
        ),
    ] = None,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Go on with a run that was paused or interrupted, from its last epoch."""
    from dashboard.commands import opening
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        _to_the_end(trainer, trainer.resume(trainer.get(run), batch), as_json=as_json)
