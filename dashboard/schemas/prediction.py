"""The messages between the Predict tab and the browser."""

from typing import Self

from core.types import Prediction
from dashboard.schemas.messages import Message


class OverlayImage(Message):
    """A photograph that has been classified, and where its heat map is."""

    prediction: int
    image: str
    """Address of the photograph."""
    name: str
    """The photograph's file name."""
    heat: str | None
    """Address of its heat map; None where there is nothing to explain."""
    answer: str
    """The answer in words, for screen readers."""

    @classmethod
    def of(cls, prediction: Prediction, answer: str, *, explained: bool) -> Self | None:
        """Return what the overlay shows of a prediction; None where no image was stored."""
        if prediction.id is None or prediction.image is None:
            return None
        return cls(
            prediction=prediction.id,
            image=f"/media/{prediction.image}",
            name=prediction.file,
            heat=f"/heat/{prediction.id}.webp" if explained else None,
            answer=answer,
        )
