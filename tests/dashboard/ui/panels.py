"""Small domain objects for tests of what the tabs draw."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.settings import presets
from core.types import (
    ClassId,
    ClassInfo,
    ClassMetrics,
    Evaluation,
    ImageId,
    Metric,
    Prediction,
    PredictionStatus,
    Run,
    RunId,
    RunStatus,
)
from dashboard.services.runs.progress import Epoch

HOSTILE = "<img src=x onerror=alert(1)>\"' {{value}} ${value}"
RUN = RunId("run-7-ab12")
COLOURS = ("#E69F00", "#0072B2", "#009E73")


def classes(*names: str) -> list[ClassInfo]:
    return [
        ClassInfo(
            id=ClassId(10 + i), name=name, code=name[:2].upper(), key=str(i + 1), colour=COLOURS[i]
        )
        for i, name in enumerate(names)
    ]


def metric(value: float, low: float, high: float) -> Metric:
    return Metric(value=value, low=low, high=high)


def evaluation(confusion: tuple[tuple[int, ...], ...], **changes: Any) -> Evaluation:
    """An evaluation whose counts follow from its matrix; intervals are made up."""
    rows = []
    for i, row in enumerate(confusion):
        column = sum(line[i] for line in confusion)
        rows.append(
            ClassMetrics(
                class_id=ClassId(10 + i),
                precision=metric(row[i] / column, 0.0, 1.0) if column else None,
                recall=metric(row[i] / sum(row), 0.25, 0.75) if sum(row) else None,
                f1=metric(2 * row[i] / (column + sum(row)), 0.1, 0.9),
                images=sum(row),
                patients=max(sum(row) - 1, 0),
            )
        )
    images = sum(map(sum, confusion))
    made = Evaluation(
        run=RUN,
        split="validation",
        test_version="1-a1b2c3",
        images=images,
        patients=images - len(confusion),
        accuracy=metric(0.8, 0.7, 0.9),
        balanced_accuracy=metric(0.7133, 0.6, 0.8),
        macro_f1=metric(0.65, 0.5, 0.75),
        classes=tuple(rows),
        confusion=confusion,
    )
    return replace(made, **changes)


def run(**changes: Any) -> Run:
    made = Run(
        id=RUN,
        number=7,
        status=RunStatus.FINISHED,
        created=datetime(2026, 11, 24, tzinfo=UTC),
        started=datetime(2026, 11, 24, tzinfo=UTC),
        finished=datetime(2026, 11, 24, 0, 3, tzinfo=UTC),
        config=presets.named("balanced", init="random", epochs=20).model_dump(mode="json"),
        classes=(ClassId(10), ClassId(11), ClassId(12)),
        fingerprint="9f8e7d6c5b4a3210",
        split_version=1,
        split_kind="patient",
        test_version="1-a1b2c3",
        leaky=False,
        active=False,
        best_epoch=4,
        epochs_done=6,
        seconds=130.0,
        images_per_second=64.2,
        message="",
        test_opened=2,
    )
    return replace(made, **changes)


def prediction(*probabilities: float, **changes: Any) -> Prediction:
    ids = tuple(ClassId(10 + i) for i in range(len(probabilities)))
    top = max(range(len(ids)), key=lambda i: probabilities[i]) if ids else None
    made = Prediction(
        id=5,
        image=ImageId("ab" * 8),
        sample=None,
        file="upload.jpg",
        run=RUN,
        classes=ids,
        probabilities=probabilities,
        top=None if top is None else ids[top],
        confidence=None if top is None else probabilities[top],
        status=PredictionStatus.OK,
        reason="",
        when=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    )
    return replace(made, **changes)


def epochs(*scores: float) -> tuple[Epoch, ...]:
    """Epochs 1, 2, ... of 20 with these macro-F1."""
    return tuple(
        Epoch(
            number=i + 1,
            total=20,
            train_loss=1.0 / (i + 1),
            validation_loss=1.2 / (i + 1),
            macro_f1=score,
            balanced_accuracy=score,
            images_per_second=64.2,
            seconds_left=130.0,
            # As the loop judges: the loss falls in every epoch, so that an equal score is better.
            best=score >= max(scores[: i + 1]),
        )
        for i, score in enumerate(scores)
    )
