"""Why a queue asks for the samples that it shows, in sentences."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from core.types import SCORED, ClassId, Queue, Sample, SampleId, SampleQuery, Why
from dashboard.services.curation import reader_agreement
from storage.queries import issues
from storage.samples import classes


def why(session: Session, query: SampleQuery, shown: Sequence[Sample]) -> dict[SampleId, Why]:
    """Return the reason of the first chosen queue that has one to give, sample by sample."""
    found: dict[SampleId, Why] = {}
    for queue in reversed(query.queues):
        found |= _reasons(session, queue, shown)
    return found


def _reasons(session: Session, queue: Queue, shown: Sequence[Sample]) -> dict[SampleId, Why]:
    if queue in SCORED:
        return issues.reasons(session, queue, [sample.id for sample in shown])
    names = classes.names(session)
    if queue is Queue.DISAGREEMENT:
        return {
            one.id: _predicted(one.predicted, one.confidence, names)
            for one in shown
            if one.predicted is not None
        }
    if queue is Queue.CONFLICT:
        return {one.id: _claimed(one, names) for one in shown}
    if queue is Queue.ADJUDICATION:
        said = reader_agreement.said(session, [one.id for one in shown])
        return {one.id: _disputed(said[one.id].words, names) for one in shown}
    return {}


def _predicted(label: ClassId, confidence: float | None, names: Mapping[ClassId, str]) -> Why:
    sure = "" if confidence is None else f", {100 * confidence:.0f} % sure"
    return Why(reason=f"The active model says {names[label]}{sure}.", suggested=label)


def _disputed(words: Mapping[str, ClassId], names: Mapping[ClassId, str]) -> Why:
    said = ", ".join(f"{reader}: {names[label]}" for reader, label in sorted(words.items()))
    return Why(reason=f"Readers differ. {said}.", suggested=None)


def _claimed(sample: Sample, names: Mapping[ClassId, str]) -> Why:
    claimed = sorted({names[one.label] for one in sample.sources if one.label is not None})
    return Why(reason=f"Its sources say {' and '.join(claimed)}.", suggested=None)
