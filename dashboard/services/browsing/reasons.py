"""Why a queue asks for the samples that it shows, in sentences."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from core.types import SCORED, ClassId, Queue, Sample, SampleId, SampleQuery, Why
from dashboard.services.curation import reader_agreement
from storage.queries import issues
from storage.samples import classes


def why(session: Session, query: SampleQuery, shown: Sequence[Sample]) -> dict[SampleId, Why]:
    """Return the reason of the first chosen queue that has one to give, sample by sample."""
    why_of: dict[SampleId, Why] = {}
    for queue in reversed(query.queues):
        why_of |= _reasons(session, queue, shown)
    return why_of


def _reasons(session: Session, queue: Queue, shown: Sequence[Sample]) -> dict[SampleId, Why]:
    if queue in SCORED:
        return issues.reasons(session, queue, [sample.id for sample in shown])
    names = classes.names(session)
    if queue is Queue.DISAGREEMENT:
        return {
            sample.id: _predicted(sample.predicted, sample.confidence, names)
            for sample in shown
            if sample.predicted is not None
        }
    if queue is Queue.CONFLICT:
        return {sample.id: _claimed(sample, names) for sample in shown}
    if queue is Queue.ADJUDICATION:
        readings = reader_agreement.readings(session, [sample.id for sample in shown])
        return {sample.id: _disputed(readings[sample.id].words, names) for sample in shown}
    return {}


def _predicted(label: ClassId, confidence: float | None, names: Mapping[ClassId, str]) -> Why:
    sure = "" if confidence is None else f", {100 * confidence:.0f} % sure"
    return Why(reason=f"The active model says {names[label]}{sure}.", suggested=label)


def _disputed(words: Mapping[str, ClassId], names: Mapping[ClassId, str]) -> Why:
    votes = ", ".join(f"{reader}: {names[label]}" for reader, label in sorted(words.items()))
    return Why(reason=f"Readers differ. {votes}.", suggested=None)


def _claimed(sample: Sample, names: Mapping[ClassId, str]) -> Why:
    claimed = sorted({names[source.label] for source in sample.sources if source.label is not None})
    return Why(reason=f"Its sources say {' and '.join(claimed)}.", suggested=None)
