"""Classify an uploaded photograph with the active checkpoint, keep the answer, promote it."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from PIL import Image
from sqlalchemy.orm import Session

from core import explain, images, inference, novelty
from core.errors import AppError, ImageRefused, ViewUnavailable
from core.images import DecodedImage
from core.inference import Classifier
from core.novelty import Familiarity
from core.types import (
    BatchResult,
    ClassId,
    DecisionKind,
    FloatArray,
    ImageId,
    Prediction,
    PredictionStatus,
    Run,
    RunId,
    Sample,
    SampleId,
    Split,
)
from dashboard.services import curation, splitting
from dashboard.services.curation import Choice, Order
from storage import classes, media, patients, predictions, runs, samples, sources, splits
from storage.media import NewImage
from storage.predictions import NewPrediction
from storage.sample_query import embeddings
from storage.samples import NewSample
from storage.sources import NewSource
from storage.workspace import Workspace

_HEAT = (255, 214, 0)
"""Yellow stands out on any skin, for every reader."""
CLOSE = 0.15
"""A class whose probability is at least this cannot be excluded."""


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    """The active run with its checkpoint in memory."""

    run: Run
    classifier: Classifier
    known: Familiarity | None


class Predictor:
    """Predicts with the active checkpoint; keeps it in memory until another one is active."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    def predict(self, data: bytes, file: str, *, who: str) -> Prediction:
        """Classify the bytes of one file and keep the answer.

        What cannot be decoded gets the status "unusable" and is not kept. Raises AppError when
        no checkpoint is active.
        """
        with self._lock:
            loaded = self._active()
            try:
                decoded = images.decode(data)
            except ImageRefused as refused:
                return _unusable(loaded.run, file, who, refused)
            shares, embedding = loaded.classifier.predict([decoded.image])
        novel = loaded.known is not None and novelty.is_novel(loaded.known, embedding)
        picture = self._store(decoded)
        with self._workspace.transaction() as session:
            media.add(session, picture)
            media.remember_file(session, decoded.file_sha256, picture.id)
            found = samples.many(session, [SampleId(picture.id)])
            status, reason = self._judged(session, loaded, found, shares[0], novel)
            top = int(np.argmax(shares[0]))
            number = predictions.add(
                session,
                NewPrediction(
                    image=picture.id,
                    run=loaded.run.id,
                    file=file,
                    who=who,
                    classes=loaded.run.classes,
                    probabilities=tuple(float(p) for p in shares[0]),
                    top=loaded.run.classes[top],
                    confidence=float(shares[0][top]),
                    status=status,
                    reason=reason,
                ),
            )
            return predictions.get(session, number)

    def stored(self, number: int) -> Prediction:
        """Return a kept prediction. Raises AppError when there is none."""
        with self._workspace.read() as session:
            return predictions.get(session, number)

    def history(self, text: str = "", limit: int = 48, offset: int = 0) -> list[Prediction]:
        """Return kept predictions, newest first, by file name, person or top class."""
        with self._workspace.read() as session:
            return predictions.history(session, text, limit, offset)

    def heat_map(self, prediction: Prediction) -> Image.Image:
        """Return an RGBA overlay of the picture's size: opaque where evidence for the top class is.

        Uses the checkpoint that made the prediction.
        """
        if prediction.image is None or prediction.top is None:
            raise AppError(
                "There is no picture to explain.", title="No heat map", hint="Upload another one."
            )
        with self._workspace.read() as session:
            file = media.file_of(session, prediction.image)
        classifier = self._of_run(prediction.run)
        with Image.open(media.path(self._workspace, file or "")) as stored:
            image = stored.convert("RGB")
        with self._lock:
            column = prediction.classes.index(prediction.top)
            return _overlay(explain.heat_map(classifier, image, column))

    def promote(self, number: int, label: ClassId, patient: str | None, who: str) -> BatchResult:
        """Make a classified upload a sample with a person's own label; it never enters test.

        Raises AppError when the picture is in the data set already.
        """
        with self._workspace.transaction() as session:
            upload = predictions.get(session, number)
            if upload.sample is not None or upload.image is None:
                raise AppError(
                    "This photograph is already in the data set.",
                    title="Already there",
                    hint="Relabel it in Curate.",
                )
            sample = _add_sample(session, upload, upload.image, patient)
            order = Order(kind=DecisionKind.PROMOTE, who=who, label=label)
            result = curation.decide_in(session, order, [Choice(sample=sample)])
            _place_in_training(session, sample)
            splitting.place_new(session)
            return result

    def _active(self) -> _Loaded:
        with self._workspace.read() as session:
            run = runs.active(session)
        if run is None:
            raise AppError(
                "There is no active checkpoint to predict with.",
                title="No checkpoint",
                hint="Train a model first.",
            )
        if self._loaded is None or self._loaded.run.id != run.id:
            classifier = inference.load(self._workspace.runs / run.id / "checkpoint")
            known = self._familiarity(run)
            self._loaded = _Loaded(run=run, classifier=classifier, known=known)
        return self._loaded

    def _of_run(self, run: RunId) -> Classifier:
        if self._loaded is not None and self._loaded.run.id == run:
            return self._loaded.classifier
        return inference.load(self._workspace.runs / run / "checkpoint")

    def _familiarity(self, run: Run) -> Familiarity | None:
        try:
            ids, vectors = embeddings(self._workspace)
        except ViewUnavailable:
            return None
        with self._workspace.read() as session:
            split_of = {one.sample: one.split for one in runs.predictions(session, run.id)}
        sides = np.array([split_of.get(sample, "") for sample in ids])
        training, held_out = vectors[sides == "train"], vectors[sides == "validation"]
        if not len(training) or not len(held_out):
            return None
        return novelty.familiarity(training, held_out)

    def _store(self, decoded: DecodedImage) -> NewImage:
        thumb = images.thumbnail(decoded.image)
        file = media.store(self._workspace, decoded.id, decoded.suffix, decoded.data, thumb)
        return NewImage(
            id=decoded.id,
            pixel_sha256=decoded.pixel_sha256,
            file=file,
            width=decoded.width,
            height=decoded.height,
            byte_size=len(decoded.data),
        )

    def _judged(
        self,
        session: Session,
        loaded: _Loaded,
        found: list[Sample],
        shares: FloatArray,
        novel: bool,
    ) -> tuple[PredictionStatus, str]:
        names = classes.names(session)
        if found:
            label = found[0].state.label
            called = "without a label" if label is None else f"as {names[label]}"
            return (
                PredictionStatus.KNOWN,
                f"This photograph is already in the data set, {called}: "
                "what the model says about it may be remembered, not recognised.",
            )
        if novel:
            return (
                PredictionStatus.NOVEL,
                "This picture is unlike everything the model was trained on: "
                "it may show none of its classes.",
            )
        order = np.argsort(-shares)
        ranked = [(names[loaded.run.classes[i]], float(shares[i])) for i in order]
        others = [name for name, share in ranked[1:] if share >= CLOSE]
        sentence = f"Most likely {ranked[0][0]} ({ranked[0][1]:.1%})"
        if others:
            sentence += f"; {' and '.join(others)} cannot be excluded"
        return PredictionStatus.OK, f"{sentence}."


def _overlay(heat: FloatArray) -> Image.Image:
    pixels = np.empty((*heat.shape, 4), dtype=np.uint8)
    pixels[..., :3] = _HEAT
    pixels[..., 3] = (heat * 255).round().astype(np.uint8)
    return Image.fromarray(pixels, "RGBA")


def _unusable(run: Run, file: str, who: str, refused: ImageRefused) -> Prediction:
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


def _add_sample(
    session: Session, upload: Prediction, image: ImageId, patient: str | None
) -> SampleId:
    named = (patient or "").strip()
    known = patients.ensure(session, named) if named else None
    number = sources.begin(session, f"upload {upload.id}", "upload")
    sample = SampleId(image)
    now = datetime.now(UTC)
    new = NewSample(id=sample, file=upload.file, label=None, patient=known, added=now)
    samples.add(session, new)
    source = NewSource(
        sample=sample,
        import_number=number,
        file=upload.file,
        label=None,
        patient=known,
        author_split=None,
        origin="upload",
    )
    sources.add(session, source)
    sources.finish(session, number, {})
    return sample


def _place_in_training(session: Session, sample: SampleId) -> None:
    """Put an upload of a new patient in train, whatever share train has.

    One of a known patient goes with that patient; where that is test it is withheld instead.
    """
    version = splits.current(session)
    if version is None:
        return
    splitting.derive_groups(session)
    placed = splits.assignment(session, version.number)
    me = samples.get(session, sample)
    if sample in placed:
        return
    group = [s for s in samples.everything(session) if s.group == me.group and s.id in placed]
    sides = {placed[sibling.id] for sibling in group}
    side = Split.TRAIN
    if Split.TEST in sides:
        side = Split.WITHHELD
    elif sides:
        side = sorted(sides)[0]
    splits.assign(session, version.number, {sample: side})
