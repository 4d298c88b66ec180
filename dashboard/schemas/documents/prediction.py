"""The document of a prediction."""

from typing import Self

from core.types import Prediction, PredictionStatus, RunId, SampleId
from dashboard.schemas.documents.document import ClassNames, Document, class_name


class PredictionDocument(Document):
    """What the active checkpoint says about one image file."""

    file: str
    """As it was named on the command line."""
    sample: SampleId | None
    """Set when the image is part of the data set."""
    checkpoint: RunId
    top: str | None
    """The class of the largest probability."""
    confidence: float | None
    """The largest probability."""
    probabilities: dict[str, float]
    """Class -> probability, summing to one; empty for an unusable file."""
    status: PredictionStatus
    reason: str
    prediction: int | None
    """Number that `promote` takes; None: nothing was stored."""

    @classmethod
    def of(cls, prediction: Prediction, file: str, names: ClassNames) -> Self:
        """Return the document of the prediction for `file`."""
        classes = [names[class_id] for class_id in prediction.classes]
        probabilities = prediction.probabilities
        return cls(
            file=file,
            sample=prediction.sample,
            checkpoint=prediction.run,
            top=class_name(prediction.top, names),
            confidence=prediction.confidence,
            probabilities=dict(zip(classes, probabilities, strict=True)) if probabilities else {},
            status=prediction.status,
            reason=prediction.reason,
            prediction=prediction.id,
        )
