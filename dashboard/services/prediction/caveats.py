"""What to know before believing an answer: a poor image, or a model that saw drawings only."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.demo import demo_set
from core.imaging import measurements, quality
from core.types import ImageId, Prediction, RunId
from storage.runs import sample_predictions
from storage.samples import sources
from storage.workspace import media
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Caveats:
    """Whatever makes an answer worth less than it sounds."""

    defects: str = ""
    """What is wrong with the image, as a sentence; empty: nothing."""
    tiny: bool = False
    """It has too few pixels for any answer to be sure."""
    drawings: bool = False
    """The checkpoint was trained on the built-in demonstration data alone."""


NONE = Caveats()


def read(workspace: Workspace, prediction: Prediction) -> Caveats:
    """Return what to know about a stored prediction."""
    drawings = drawings_only(workspace, prediction.run)
    if prediction.image is None:
        return Caveats(drawings=drawings)
    with workspace.read() as session:
        file = media.file_of(session, prediction.image)
    try:
        measured = measurements.measure_file(media.path(workspace, file or ""))
    except (OSError, SyntaxError, ValueError):
        # The image is gone: the stored answer is shown without.
        return Caveats(drawings=drawings)
    return Caveats(
        defects=quality.of_one(measured),
        tiny=quality.is_tiny(measured.width, measured.height),
        drawings=drawings,
    )


def tiny(workspace: Workspace, predictions: Iterable[Prediction]) -> frozenset[ImageId]:
    """Return which of the predictions' images have too few pixels to be judged by."""
    images = [row.image for row in predictions if row.image is not None]
    with workspace.read() as session:
        sizes = media.sizes(session, images)
    return frozenset(image for image, size in sizes.items() if quality.is_tiny(*size))


def drawings_only(workspace: Workspace, run: RunId) -> bool:
    """Return whether all that a run was trained on comes from the built-in demonstration data."""
    with workspace.read() as session:
        seen = sample_predictions.trained_on(session, run)
        return bool(seen) and not sources.has_others(session, demo_set.ORIGIN, seen)
