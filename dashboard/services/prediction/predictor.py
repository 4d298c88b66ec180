"""Classify an uploaded photograph with the active checkpoint, keep the answer, promote it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image

from core.errors import AppError, ImageRefused
from core.evaluation import out_of_distribution
from core.imaging import decode
from core.imaging.decode import DecodedImage
from core.models import inference
from core.models.inference import Classifier
from core.types import (
    BatchResult,
    ClassId,
    Embeddings,
    ImageId,
    Prediction,
    Run,
    RunId,
    SampleId,
)
from dashboard.services.prediction import answer, heat_map, nearest_training, promotion
from dashboard.services.prediction.nearest_training import NearestImage, TrainedOn
from storage.runs import runs, upload_predictions
from storage.runs.upload_predictions import NewPrediction
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from storage.workspace.media import NewImage

if TYPE_CHECKING:
    from core.models.networks import Network

Item = TypeVar("Item")

_IN_MEMORY = 2
"""Checkpoints kept in memory: the active one, and one that an earlier prediction asks for."""


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    """A run's checkpoint in memory, and what it was trained on."""

    classifier: Classifier
    trained_on: TrainedOn | None


@dataclass(frozen=True, kw_only=True)
class _Embedded:
    """The image that was classified last, so that it is not embedded twice."""

    run: RunId
    image: ImageId
    embedding: Embeddings


class Predictor:
    """Predicts with the active checkpoint; keeps the checkpoints used last in memory."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._models: dict[RunId, _Loaded] = {}
        self._networks: dict[RunId, Network] = {}
        self._last: _Embedded | None = None
        self._lock = threading.Lock()
        self._explaining = threading.Lock()

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
            rows, embedding = loaded.classifier.predict([decoded.image])
            self._last = _Embedded(run=run.id, image=decoded.id, embedding=embedding)
        trained_on = loaded.trained_on
        novel = trained_on is not None and out_of_distribution.is_novel(
            trained_on.familiarity, embedding
        )
        image = self._store(decoded)
        with self._workspace.transaction() as session:
            media.add(session, image)
            media.remember_file(session, decoded.file_sha256, image.id)
            same = samples.many(session, [SampleId(image.id)])
            status, reason = answer.judged(session, run, same, rows[0], novel)
            top = int(np.argmax(rows[0]))
            number = upload_predictions.add(
                session,
                NewPrediction(
                    image=image.id,
                    run=run.id,
                    file=file,
                    who=who,
                    classes=run.classes,
                    probabilities=tuple(float(p) for p in rows[0]),
                    top=run.classes[top],
                    confidence=float(rows[0][top]),
                    status=status,
                    reason=answer.less_sure(reason, image),
                ),
            )
            return upload_predictions.get(session, number)

    def prepare(self) -> None:
        """Load the active checkpoint in the background, before a first photograph comes.

        Nothing is loaded before a person opens what predicts.
        """
        threading.Thread(target=self._prepare, name="checkpoint", daemon=True).start()

    def _prepare(self) -> None:
        with suppress(AppError), self._lock:
            self._model(self._active().id)

    def stored(self, number: int) -> Prediction:
        """Return a kept prediction. Raises AppError when there is none."""
        with self._workspace.read() as session:
            return upload_predictions.get(session, number)

    def history(self, text: str = "", limit: int | None = 48, offset: int = 0) -> list[Prediction]:
        """Return kept predictions, newest first, by file name, person or top class; None: all."""
        with self._workspace.read() as session:
            return upload_predictions.history(session, text, limit, offset)

    def explains(self, prediction: Prediction) -> bool:
        """Return whether a heat map can be made: a class was named and the checkpoint is there."""
        checkpoint = self._workspace.runs / prediction.run / "checkpoint"
        return prediction.id is not None and prediction.top is not None and checkpoint.is_dir()

    def heat_map(self, number: int) -> bytes:
        """Return the heat map of a stored prediction's likeliest class, as a WebP overlay.

        It has the image's size and is opaque where evidence for the class is. Uses the checkpoint
        that made the prediction. Raises AppError where there is nothing to explain.
        """
        prediction = self.stored(number)
        if prediction.image is None or prediction.top is None:
            raise AppError(
                "There is no photograph to explain.", title="No heat map", hint="Upload another."
            )
        from core.models import gradcam

        image = self._image(prediction.image)
        column = prediction.classes.index(prediction.top)
        with self._lock:
            meta = self._model(prediction.run).classifier.meta
        # Apart from the predictions, which need not wait while torch is loaded.
        with self._explaining:
            heat = gradcam.heat_map(self._network(prediction.run), meta, image, column)
        return heat_map.overlay(heat)

    def nearest(self, prediction: Prediction, count: int = 5) -> list[NearestImage]:
        """Return the training images that the checkpoint finds most similar.

        Nothing where the checkpoint or its embeddings are gone: the stored answer is shown without.
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
            self._workspace, loaded.trained_on, embedding, count, apart_from=prediction.sample
        )

    def promote(self, number: int, label: ClassId, patient: str | None, who: str) -> BatchResult:
        """Make a classified upload a sample with a person's own label; it never enters test.

        Raises AppError when the image is in the data set already.
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
        def load() -> _Loaded:
            return _Loaded(
                classifier=self._classifier(run),
                trained_on=nearest_training.read(self._workspace, run),
            )

        return _kept(self._models, run, load)

    def _classifier(self, run: RunId) -> Classifier:
        checkpoint = self._workspace.runs / run / "checkpoint"
        kept = inference.load_compiled(checkpoint, self._workspace.cache)
        if kept is not None:
            return kept
        # torch takes seconds and a few hundred megabytes.
        from core.models import torch_inference

        return torch_inference.load(checkpoint, self._workspace.cache)

    def _network(self, run: RunId) -> "Network":
        """Return the network that explains, which is more than what predicts: torch's."""
        from core.models import torch_inference

        checkpoint = self._workspace.runs / run / "checkpoint"
        return _kept(self._networks, run, lambda: torch_inference.load_network(checkpoint))

    def _embedding(self, loaded: _Loaded, run: RunId, image: ImageId) -> Embeddings:
        last = self._last
        if last is None or (last.run, last.image) != (run, image):
            _, embedding = loaded.classifier.predict([self._image(image)])
            self._last = last = _Embedded(run=run, image=image, embedding=embedding)
        return last.embedding

    def _image(self, image: ImageId) -> Image.Image:
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


def _kept(memory: dict[RunId, Item], run: RunId, load: Callable[[], Item]) -> Item:
    """Return what memory holds of a run, loaded where need be; what was used last stands last."""
    if run not in memory:
        loaded = load()
        while len(memory) >= _IN_MEMORY:
            del memory[next(iter(memory))]
        memory[run] = loaded
    memory[run] = memory.pop(run)
    return memory[run]
