"""A classified upload becomes a sample of the data set, with a person's own label."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import (
    BatchResult,
    ClassId,
    DecisionKind,
    ImageId,
    Prediction,
    SampleId,
    Split,
    spelling,
)
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.splits import placement
from storage.runs import upload_predictions
from storage.samples import patients, samples, sources, splits
from storage.samples.samples import NewSample
from storage.samples.sources import NewSource
from storage.workspace.folder import Workspace


def promote(
    workspace: Workspace, number: int, label: ClassId, patient: str | None, who: str
) -> BatchResult:
    """Make a classified upload a sample with a person's own label; it never enters test.

    Raises AppError when the image is in the data set already.
    """
    with workspace.transaction() as session:
        upload = upload_predictions.get(session, number)
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
        placement.place_new(session)
        return result


def _add_sample(
    session: Session, upload: Prediction, image: ImageId, patient: str | None
) -> SampleId:
    named = spelling.plain(patient or "")
    patient_id = patients.ensure(session, named) if named else None
    number = sources.begin(session, f"upload {upload.id}", "upload")
    sample = SampleId(image)
    now = datetime.now(UTC)
    new = NewSample(id=sample, file=upload.file, label=None, patient=patient_id, added=now)
    samples.add(session, new)
    source = NewSource(
        sample=sample,
        import_number=number,
        file=upload.file,
        label=None,
        patient=patient_id,
        author_split=None,
        origin="upload",
    )
    sources.add(session, [source])
    sources.finish(session, number, {})
    return sample


def _place_in_training(session: Session, sample: SampleId) -> None:
    """Put an upload of a new patient in train, whatever share train has.

    One of a known patient goes with that patient; where that is test it is withheld instead.
    """
    version = splits.current(session)
    if version is None:
        return
    placement.derive_groups(session)
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
