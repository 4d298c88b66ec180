"""Commands that measure a run and that use it on photographs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import AppError
from core.types import Evaluation, PredictionStatus
from dashboard.commands import options, output

if TYPE_CHECKING:
    from core.types import Run
    from dashboard.schemas.documents.prediction import PredictionDocument
    from dashboard.services.runs.trainer import Trainer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "evaluate")(evaluate)
    output.command(app, "predict")(predict)


def evaluate(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="Id or number of a run (default: the active).")
    ] = "",
    split: Annotated[
        str,
        typer.Option(metavar="validation|test|out_of_fold", help="Opening test is counted."),
    ] = "validation",
    csv: Annotated[bool, typer.Option("--csv", help="Print the report as CSV.")] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Show where a run is right and wrong, with 95 % intervals over patients."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.evaluation import OpenedEvaluation
    from dashboard.services.evaluation import evaluations as service
    from dashboard.services.evaluation import tables
    from dashboard.services.runs.trainer import Trainer
    from dashboard.services.system import table_files

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        chosen = trainer.get(run) if run else _active(trainer)
        measured = service.open(opened, chosen, split)
        changed = service.changed_since(opened, chosen, split)
        class_names = opening.class_names(opened)
    names = [class_names[class_id] for class_id in chosen.classes]
    if as_json:
        output.document(OpenedEvaluation.of_opened(measured, names, changed))
    elif csv:
        typer.echo(table_files.csv(tables.report(measured, names)), nl=False)
    else:
        _tell(chosen, measured, names, changed)


def _active(trainer: "Trainer") -> "Run":
    for run in trainer.runs():
        if run.active:
            return run
    raise AppError(
        "There is no active checkpoint to evaluate.",
        title="No checkpoint",
        hint="Train a model first, or name a run (`ai-mpox runs` lists them).",
    )


def _tell(run: "Run", measured: Evaluation, names: list[str], changed: int) -> None:
    typer.echo(
        f"{run.id} on {measured.split}: n = {measured.images} images of "
        f"{measured.patients} patients (95 % intervals over patients)"
    )
    overall = [
        ["accuracy", output.metric(measured.accuracy)],
        ["balanced accuracy", output.metric(measured.balanced_accuracy)],
        ["macro-F1", output.metric(measured.macro_f1)],
    ]
    output.table(["", ""], overall)
    output.table(
        ["class", "precision", "recall", "F1", "images", "patients"],
        [
            [
                name,
                output.metric(row.precision),
                output.metric(row.recall),
                output.metric(row.f1),
                row.images,
                row.patients,
            ]
            for name, row in zip(names, measured.classes, strict=True)
        ],
    )
    typer.echo("Rows: label, columns: predicted")
    rows = zip(names, measured.confusion, strict=True)
    output.table(["", *names], [[name, *counts] for name, counts in rows])
    if changed:
        typer.echo(f"{changed} labels changed since.")


def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Photographs.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Say what the active checkpoint sees on photographs. Research use, not a diagnosis."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.prediction import PredictionDocument
    from dashboard.services.prediction.predictor import Predictor

    with opening.workspace(workspace) as opened:
        predictor = Predictor(opened)
        contents = [_read(path) for path in images]
        names = opening.class_names(opened)
        documents = [
            PredictionDocument.of(predictor.predict(data, path.name, who=who), str(path), names)
            for path, data in zip(images, contents, strict=True)
        ]
    if as_json:
        output.document(documents)
    else:
        for document in documents:
            _answer(document)
        output.say("Research use. Not a diagnosis.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AppError(
            f"{path} cannot be read ({error.strerror}).",
            title="No such photograph",
            hint="Check the name and the rights of the file.",
        ) from error


def _answer(prediction: "PredictionDocument") -> None:
    typer.echo(f"{prediction.file}: {prediction.reason}")
    if prediction.status is PredictionStatus.UNUSABLE:
        return
    ranked = sorted(prediction.probabilities.items(), key=lambda pair: -pair[1])
    typer.echo("  " + ", ".join(f"{name} {p:.1%}" for name, p in ranked).replace("%", " %"))
    typer.echo(f"  checkpoint {prediction.checkpoint}, prediction {prediction.prediction}")
