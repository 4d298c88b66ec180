"""Several people's readings: kept with the samples, and compared between readers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sqlalchemy.orm import Session

from core.curation import reader_votes
from core.curation.reader_votes import Readings
from core.evaluation import agreement
from core.evaluation.agreement import Kappa
from core.types import ClassId, CurationDecision, SampleId
from storage.ledger import decisions, undo_state
from storage.samples import reader_counts as stored
from storage.samples import samples
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two readers, on the samples that both have read."""

    one: str
    other: str
    kappa: Kappa


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the readers of a workspace agree."""

    pairs: tuple[Pair, ...]
    """Those with most samples in common first."""
    fleiss: float | None
    """Over the samples with two readers or more; None where it is not defined."""
    samples: int
    """Read by two people or more."""
    disputed: int
    """Samples that wait for somebody to settle them."""


def follow(session: Session, ids: Iterable[SampleId]) -> None:
    """Bring what is kept with these samples up to their rows in the ledger."""
    touched = list(dict.fromkeys(ids))
    counts = {
        sample: (len(read.words), read.disputed)
        for sample, read in readings(session, touched).items()
    }
    stored.put(session, counts)


def of(workspace: Workspace, sample: SampleId) -> Readings:
    """Return the readings of one sample."""
    with workspace.read() as session:
        return readings(session, [sample])[sample]


def readings(session: Session, ids: Sequence[SampleId]) -> dict[SampleId, Readings]:
    """Return the readings of each of these samples."""
    return _fold(session, decisions.of_samples(session, ids), ids)


def agree(workspace: Workspace) -> Agreement:
    """Return how far readers agree, pair by pair and all together."""
    with workspace.read() as session:
        rows = decisions.all_rows(session)
        read = _fold(session, rows, dict.fromkeys(row.sample for row in rows))
        group_of = {sample.id: sample.group for sample in samples.many(session, list(read))}
    several = {sample: votes.words for sample, votes in read.items() if len(votes.words) > 1}
    shared: dict[tuple[str, str], list[SampleId]] = defaultdict(list)
    for sample, words in several.items():
        for pair in combinations(sorted(words), 2):
            shared[pair].append(sample)
    pairs = [
        Pair(
            one=first,
            other=other,
            kappa=agreement.cohen(
                [several[sample][first] for sample in both],
                [several[sample][other] for sample in both],
                [group_of[sample] for sample in both],
            ),
        )
        for (first, other), both in shared.items()
    ]
    return Agreement(
        pairs=tuple(sorted(pairs, key=lambda pair: -pair.kappa.samples)),
        fleiss=_fleiss([list(words.values()) for words in several.values()]),
        samples=len(several),
        disputed=sum(votes.disputed for votes in read.values()),
    )


def _fleiss(words: Sequence[Sequence[ClassId]]) -> float | None:
    names = sorted({label for votes in words for label in votes})
    if not names:
        return None
    counts = np.array([[votes.count(name) for name in names] for votes in map(list, words)])
    return agreement.fleiss(counts)


def _fold(
    session: Session, rows: Sequence[CurationDecision], ids: Iterable[SampleId]
) -> dict[SampleId, Readings]:
    gone = undo_state.cancelled(session, [row.number for row in rows])
    by_sample: dict[SampleId, list[CurationDecision]] = defaultdict(list)
    for row in rows:
        by_sample[row.sample].append(row)
    return {sample: reader_votes.of(by_sample[sample], gone) for sample in ids}
