"""Commands that train: start a run or go on with one, and follow it to its end."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import AppError
from core.types import Run, dates
from dashboard.commands import following, options, output, settings_options

if TYPE_CHECKING:
    from dashboard.services.runs.enqueue import Wanted
    from dashboard.services.runs.trainer import Trainer

_FOLDS = 5
"""Number of folds where everything is cross-validated and none was given."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "train", settings_options.SettingsCommand)(train)
    output.command(app, "resume")(resume)


def train(
    ctx: typer.Context,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="patient|author:K|image", help="What is kept together.", show_default="patient"
        ),
    ] = None,
    allow_leak: Annotated[
        bool, typer.Option("--allow-leak", help="Train on a leaking split; the run is marked.")
    ] = False,
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
    given = settings_options.given(ctx)
    from dashboard.commands import opening
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        if repeat is not None:
            apart = any((given, split, allow_leak, as_of, like))
            run = _repeat(trainer, repeat, alone=not apart)
        else:
            old = None if like is None else trainer.get(like)
            wanted = _wanted(given, old)
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
    from dashboard.schemas.documents.training import EstimatedRun
    from dashboard.services.runs import searches as service

    workspace = trainer.workspace
    ended = following.follow(trainer, run)
    if ended.config.get("search"):
        searching.finish(
            trainer,
            ended,
            service.of(workspace, ended),
            lambda number: following.follow(
                trainer, service.train(workspace, trainer, ended, number)
            ),
            as_json=as_json,
        )
    else:
        describe = partial(EstimatedRun.of, estimate=trainer.live(ended).estimate)
        following.tell(trainer, ended, describe, as_json=as_json)


def _wanted(given: Mapping[str, Any], like: Run | None) -> "Wanted":
    """Return a preset or the settings of a run, with what was given replaced."""
    from core.settings import config, presets
    from dashboard.services.runs import networks
    from dashboard.services.runs.enqueue import Wanted

    changes = dict(given)
    preset = changes.pop("preset", None)
    if "backbone" in changes:
        changes.setdefault("image_size", networks.usual_size(changes["backbone"]))
    if changes.get("fold_everything") and changes.get("folds_by") != "authors":
        changes.setdefault("folds", _FOLDS)
    if like is None:
        return Wanted(config=presets.named(preset or "balanced", **changes))
    if preset is not None:
        raise AppError(
            "A run takes its settings from a preset or from another run, not from both.",
            title="Two beginnings",
            hint="Leave out --preset, or --like.",
        )
    return Wanted(
        config=config.from_dict(like.config).changed(**changes),
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
