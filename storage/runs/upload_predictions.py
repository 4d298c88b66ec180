"""Predictions on uploads: kept, listed, searched."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import (
    ClassId,
    ImageId,
    Prediction,
    PredictionStatus,
    RunId,
    SampleId,
    spelling,
)
from storage.database.run_tables import PredictionRow
from storage.database.tables import ClassRow, SampleRow


@dataclass(frozen=True, kw_only=True)
class NewPrediction:
    """A prediction that is about to be stored."""

    image: ImageId
    run: RunId
    file: str
    who: str
    classes: tuple[ClassId, ...]
    probabilities: tuple[float, ...]
    top: ClassId
    confidence: float
    status: PredictionStatus
    reason: str


def add(session: Session, new: NewPrediction) -> int:
    """Keep a prediction and return its number. Raises AppError for too long a name of a person."""
    spelling.check(new.who, "The name of the person", spelling.LONGEST_PERSON)
    row = PredictionRow(
        image_id=new.image,
        run_id=new.run,
        file=new.file,
        at=datetime.now(UTC),
        who=new.who,
        classes=list(new.classes),
        probabilities=list(new.probabilities),
        top=new.top,
        confidence=new.confidence,
        status=new.status.value,
        reason=new.reason,
    )
    session.add(row)
    session.flush()
    return row.id


def get(session: Session, number: int) -> Prediction:
    """Return one prediction. Raises AppError when there is none."""
    statement = select(PredictionRow, SampleRow.id.label("sample"))
    row = session.execute(
        statement.outerjoin(SampleRow, SampleRow.id == PredictionRow.image_id).where(
            PredictionRow.id == number
        )
    ).first()
    if row is None:
        raise AppError(
            f"There is no prediction {number}.",
            title="No such prediction",
            hint="The history in Predict lists them.",
        )
    return _prediction(row)


def history(session: Session, text: str, limit: int | None, offset: int) -> list[Prediction]:
    """Return the newest predictions whose file, author or top class contains the text."""
    statement = (
        select(PredictionRow, SampleRow.id.label("sample"))
        .outerjoin(SampleRow, SampleRow.id == PredictionRow.image_id)
        .join(ClassRow, ClassRow.id == PredictionRow.top)
    )
    if text.strip():
        columns = PredictionRow.file, PredictionRow.who, ClassRow.name
        matches = [column.icontains(text.strip(), autoescape=True) for column in columns]
        statement = statement.where(matches[0] | matches[1] | matches[2])
    newest = statement.order_by(PredictionRow.id.desc()).limit(limit).offset(offset)
    return [_prediction(row) for row in session.execute(newest)]


def _prediction(row: Any) -> Prediction:
    prediction: PredictionRow = row.PredictionRow
    return Prediction(
        id=prediction.id,
        image=ImageId(prediction.image_id),
        sample=None if row.sample is None else SampleId(row.sample),
        file=prediction.file,
        run=RunId(prediction.run_id),
        classes=tuple(ClassId(class_id) for class_id in prediction.classes),
        probabilities=tuple(prediction.probabilities),
        top=ClassId(prediction.top),
        confidence=prediction.confidence,
        status=PredictionStatus(prediction.status),
        reason=prediction.reason,
        when=prediction.at,
        who=prediction.who,
    )
