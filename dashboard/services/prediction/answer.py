"""What is said of an upload: known, unlike all classes, unusable, or what it most likely shows."""

from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from core.errors import ImageRefused
from core.imaging import quality
from core.types import FloatArray, Prediction, PredictionStatus, Run, Sample
from storage.runs import sample_predictions
from storage.samples import classes
from storage.workspace.media import NewImage

CLOSE = 0.15
"""A class whose probability is at least this cannot be excluded."""


def judged(
    session: Session,
    run: Run,
    samples: list[Sample],
    probabilities: FloatArray,
    novel: bool,
) -> tuple[PredictionStatus, str]:
    """Return the status of a prediction and the sentence that explains it.

    `samples` are those of the data set with the same pixels; `probabilities`, (K,), are those of
    the run's classes.
    """
    names = classes.names(session)
    if samples:
        label = samples[0].state.label
        called = "without a label" if label is None else f"as {names[label]}"
        learned = sample_predictions.is_trained_on(session, run.id, [one.id for one in samples])
        worth = (
            "the model was trained on it, so it may have memorised the answer"
            if learned
            else "the model was not trained on it"
        )
        return PredictionStatus.KNOWN, f"It is in the data set {called}; {worth}."
    if novel:
        return (
            PredictionStatus.NOVEL,
            "This picture is unlike everything the model was trained on: "
            "it may show none of its classes.",
        )
    order = np.argsort(-probabilities)
    ranked = [(names[run.classes[i]], float(probabilities[i])) for i in order]
    others = [name for name, share in ranked[1:] if share >= CLOSE]
    sentence = f"Most likely {ranked[0][0]} ({ranked[0][1]:.1%})"
    if others:
        sentence += f"; {' and '.join(others)} cannot be excluded"
    return PredictionStatus.OK, f"{sentence}."


def less_sure(reason: str, image: NewImage) -> str:
    """Return what is said about an image, with a warning where it has too few pixels."""
    if not quality.is_tiny(image.width, image.height):
        return reason
    few = f"{image.width} × {image.height} pixels are too few to say for sure."
    return f"{few} {reason}"


def unusable(run: Run, file: str, who: str, refused: ImageRefused) -> Prediction:
    """Return the answer about a file that cannot be decoded."""
    return Prediction(
        id=None,
        image=None,
        sample=None,
        file=file,
        run=run.id,
        classes=run.classes,
        probabilities=(),
        top=None,
        confidence=None,
        status=PredictionStatus.UNUSABLE,
        reason=f"{refused.message[:1].upper()}{refused.message[1:]}. {refused.hint}".strip(),
        when=datetime.now(UTC),
        who=who,
    )
