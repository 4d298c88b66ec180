"""Classify an uploaded photograph with the active checkpoint, keep the answer, promote it."""

import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import AppError, ImageRefused
from core.evaluation import out_of_distribution
from core.imaging import decode
from core.imaging.decode import DecodedImage
from core.models import gradcam, inference
from core.models.inference import Classifier
from core.types import (
    BatchResult,
    ClassId,
    Embeddings,
    FloatArray,
    ImageId,
    Prediction,
    Run,
    RunId,
    SampleId,
)
from dashboard.services.prediction import answer, nearest_training, promotion
from dashboard.services.prediction.nearest_training import Alike, TrainedOn
from storage.runs import runs, upload_predictions
from storage.runs.upload_predictions import NewPrediction
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from storage.workspace.media import NewImage

_HEAT = (255, 214, 0)
"""Yellow stands out on any skin, for every reader."""
_IN_MEMORY = 2
"""Checkpoints kept in memory: the active one, and one that an earlier prediction asks for."""


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    """A run's checkpoint in memory, and what it was trained on."""

    classifier: Classifier
    trained_on: TrainedOn | None


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The picture that was looked at last, so that it is not looked at twice."""

    run: RunId
    image: ImageId
    embedding: Embeddings


class Predictor:
    """Predicts with the active checkpoint; keeps the checkpoints used last in memory."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._models: dict[RunId, _Loaded] = {}
        self._seen: _Seen | None = None
        self._lock = threading.Lock()

    def predict(self, data: bytes, file: str, *, who: str) -> Prediction:
        """Classify the bytes of one file and keep the answer.

        What cannot be decoded gets the status "unusable" and is not kept. Raises AppError when
        no checkpoint is active.
        """
        run = self._active()
        try:
            decoded = decode.decode(data)
        except ImageRefused as refused:
            return answer.unusable(run, file, who, refused)
        with self._lock:
            loaded = self._model(run.id)
            shares, embedding = loaded.classifier.predict([decoded.image])
            self._seen = _Seen(run=run.id, image=decoded.id, embedding=embedding)
        known = loaded.trained_on
        novel = known is not None and out_of_distribution.is_novel(known.familiarity, embedding)
        picture = self._store(decoded)
        with self._workspace.transaction() as session:
            media.add(session, picture)
            media.remember_file(session, decoded.file_sha256, picture.id)
            found = samples.many(session, [SampleId(picture.id)])
            status, reason = answer.judged(session, run, found, shares[0], novel)
            top = int(np.argmax(shares[0]))
            number = upload_predictions.add(
                session,
                NewPrediction(
                    image=picture.id,
                    run=run.id,
                    file=file,
                    who=who,
                    classes=run.classes,
                    probabilities=tuple(float(p) for p in shares[0]),
                    top=run.classes[top],
                    confidence=float(shares[0][top]),
                    status=status,
                    reason=answer.less_sure(reason, picture),
                ),
            )
            return upload_predictions.get(session, number)

    def stored(self, number: int) -> Prediction:
        """Return a kept prediction. Raises AppError when there is none."""
        with self._workspace.read() as session:
            return upload_predictions.get(session, number)

    def history(self, text: str = "", limit: int = 48, offset: int = 0) -> list[Prediction]:
        """Return kept predictions, newest first, by file name, person or top class."""
        with self._workspace.read() as session:
            return upload_predictions.history(session, text, limit, offset)

    def heat_map(self, prediction: Prediction) -> Image.Image:
        """Return an RGBA overlay of the picture's size: opaque where evidence for the top class is.

        Uses the checkpoint that made the prediction.
        """
        if prediction.image is None or prediction.top is None:
            raise AppError(
                "There is no picture to explain.", title="No heat map", hint="Upload another one."
            )
        image = self._picture(prediction.image)
        column = prediction.classes.index(prediction.top)
        with self._lock:
            classifier = self._model(prediction.run).classifier
            return _overlay(gradcam.heat_map(classifier, image, column))

    def nearest(self, prediction: Prediction, many: int = 5) -> list[Alike]:
        """Return the training pictures that the checkpoint finds most like this one.

        Nothing where the checkpoint or its embeddings are gone: the stored answer stands without.
        """
        if prediction.image is None:
            return []
        with self._lock:
            try:
                loaded = self._model(prediction.run)
            except AppError:
                return []
            if loaded.trained_on is None:
                return []
            embedding = self._embedding(loaded, prediction.run, prediction.image)
        return nearest_training.nearest(
            self._workspace, loaded.trained_on, embedding, many, apart_from=prediction.sample
        )

    def promote(self, number: int, label: ClassId, patient: str | None, who: str) -> BatchResult:
        """Make a classified upload a sample with a person's own label; it never enters test.

        Raises AppError when the picture is in the data set already.
        """
        return promotion.promote(self._workspace, number, label, patient, who)

    def _active(self) -> Run:
        with self._workspace.read() as session:
            run = runs.active(session)
        if run is None:
            raise AppError(
                "There is no active checkpoint to predict with.",
                title="No checkpoint",
                hint="Train a model first.",
            )
        return run

    def _model(self, run: RunId) -> _Loaded:
        if run not in self._models:
            loaded = _Loaded(
                classifier=inference.load(self._workspace.runs / run / "checkpoint"),
                trained_on=nearest_training.read(self._workspace, run),
            )
            while len(self._models) >= _IN_MEMORY:
                del self._models[next(iter(self._models))]
            self._models[run] = loaded
        # The one that was asked last stands last.
        self._models[run] = self._models.pop(run)
        return self._models[run]

    def _embedding(self, loaded: _Loaded, run: RunId, image: ImageId) -> Embeddings:
        seen = self._seen
        if seen is None or (seen.run, seen.image) != (run, image):
            _, embedding = loaded.classifier.predict([self._picture(image)])
            self._seen = seen = _Seen(run=run, image=image, embedding=embedding)
        return seen.embedding

    def _picture(self, image: ImageId) -> Image.Image:
        with self._workspace.read() as session:
            file = media.file_of(session, image)
        with Image.open(media.path(self._workspace, file or "")) as stored:
            return stored.convert("RGB")

    def _store(self, decoded: DecodedImage) -> NewImage:
        thumb = decode.thumbnail(decoded.image)
        file = media.store(self._workspace, decoded.id, decoded.suffix, decoded.data, thumb)
        return NewImage(
            id=decoded.id,
            pixel_sha256=decoded.pixel_sha256,
            file=file,
            width=decoded.width,
            height=decoded.height,
            byte_size=len(decoded.data),
        )


def _overlay(heat: FloatArray) -> Image.Image:
    pixels = np.empty((*heat.shape, 4), dtype=np.uint8)
    pixels[..., :3] = _HEAT
    pixels[..., 3] = (heat * 255).round().astype(np.uint8)
    return Image.fromarray(pixels, "RGBA")
