"""Watching a training run from the command line, and saying how it ended."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from core.errors import AppError
from core.types import Run, RunStatus
from dashboard.commands import output

if TYPE_CHECKING:
    from dashboard.schemas.documents.document import ClassNames
    from dashboard.schemas.documents.training import TrainedRun
    from dashboard.services.runs.trainer import Trainer


def follow(trainer: "Trainer", run: Run) -> Run:
    """Wait for a run with live progress on stderr; Ctrl-C asks it to stop and keeps waiting."""
    output.say(f"{run.id} with {run.config['backbone']} on {run.split_kind} split.")
    line = output.ProgressLine()
    try:
        try:
            return trainer.wait(run, _teller(line))
        except KeyboardInterrupt:
            line.lasting("Stopping after this batch; the best epoch is kept.")
            _ask_to_stop(trainer, run)
            return trainer.wait(run, lambda event: None)
    finally:
        line.close()


def _ask_to_stop(trainer: "Trainer", run: Run) -> None:
    """Ask; a run that has just ended needs no stopping."""
    try:
        trainer.stop(run)
    except AppError as error:
        output.say(str(error))


def _teller(line: output.ProgressLine) -> Callable[[dict[str, Any]], None]:
    """Return what shows the events of a run."""

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "started" and event.get("estimate"):
            line.lasting(estimate_words(event["estimate"]))
        elif event["event"] == "batch":
            line.update(_batch(event))
        elif event["event"] == "epoch":
            line.lasting(_epoch(event))
        elif event["event"] == "message":
            line.lasting(str(event["text"]))

    return tell


def estimate_words(expected: Mapping[str, float | None]) -> str:
    """Return the sentence on how long a run takes that is shown before it starts."""
    each, most = expected["seconds_per_epoch"], expected["seconds_at_most"] or 0.0
    if each is None:
        return f"This takes about {output.duration(most)}."
    return f"About {output.duration(each)} per epoch, at most {output.duration(most)}."


def _batch(event: dict[str, Any]) -> str:
    left = event.get("seconds_left")
    tail = "" if left is None else f", {output.duration(left)} left"
    stage = str(event.get("stage", "Training"))
    step = f"epoch {event['epoch']}" if stage == "Training" else stage
    return (
        f"{step}: {event['done']} of {event['total']} images, "
        f"{event['images_per_second']:.0f} images/s{tail}"
    )


def _epoch(event: dict[str, Any]) -> str:
    left = event.get("seconds_left")
    tail = "" if left is None else f", {output.duration(left)} left"
    best = " (best so far)" if event.get("best") else ""
    return (
        f"epoch {event['epoch']} of {event['epochs']}: loss {event['train_loss']:.3f}, "
        f"validation loss {event['validation_loss']:.3f}, "
        f"macro-F1 {event['macro_f1']:.1%}{best}{tail}"
    ).replace("%", " %")


def tell(
    trainer: "Trainer",
    run: Run,
    describe: "Callable[[Run, ClassNames], TrainedRun]",
    *,
    as_json: bool,
) -> None:
    """Print a run that has ended; one without a result is an expected failure.

    The document that `describe` returns has everything that was measured: that opens test, and is
    counted.
    The text has the numbers to choose by, and how to open test after choosing.
    """
    from dashboard.commands import opening
    from dashboard.services.evaluation import evaluations

    if run.status not in (RunStatus.FINISHED, RunStatus.STOPPED) or not run.evaluations:
        raise AppError(
            run.message or f"{run.id} has no result.",
            title=f"Run {run.status}",
            hint=f"`ai-mpox resume {run.id}` goes on where it was paused or interrupted, with "
            "--batch N where memory was short.",
        )
    if as_json:
        if "test" in run.evaluations:
            evaluations.open(trainer.workspace, run, "test")
        output.document(describe(run, opening.class_names(trainer.workspace)))
        return
    typer.echo("\n".join(_lines(run)))


def _lines(run: Run) -> Iterator[str]:
    """Yield how a run ended, what to choose it by, and what to do with it; test stays closed."""
    from dashboard.services.evaluation import evaluations

    best = "" if run.best_epoch is None else f", best epoch {run.best_epoch} of {run.epochs_done}"
    yield f"{run.id} {run.status}{best}."
    for split, measured in run.evaluations.items():
        if split != "test":
            yield (
                f"{split}: balanced accuracy {output.metric(measured.balanced_accuracy)}, "
                f"macro-F1 {output.metric(measured.macro_f1)}, "
                f"n = {measured.images} images of {measured.patients} patients"
            )
    over = evaluations.over_folds(run).get("balanced_accuracy")
    if over is not None:
        yield f"Over the folds: {over.mean:.1%} ± {100 * over.deviation:.1f}".replace("%", " %")
    if run.message:
        yield run.message
    if run.leaky:
        yield "This run used a leaking split: its numbers are too good."
    elif run.active:
        yield "It is the active checkpoint."
    else:
        yield f"To predict with it: ai-mpox use {run.id}"
    if "test" in run.evaluations:
        yield f"To open test, which is counted: ai-mpox evaluate {run.id} --split test"
