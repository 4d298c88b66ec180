"""What a person sees while browsing: pages of samples, facet counts, one sample in detail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.types import (
    CurationDecision,
    DecisionKind,
    Facets,
    HistoryQuery,
    ImageId,
    Issue,
    PatientId,
    Sample,
    SampleId,
    SampleQuery,
    Split,
    Status,
    Why,
)
from dashboard.services.browsing import reasons
from dashboard.services.queues import embedding_map, queue_state
from storage.ledger import decisions
from storage.queries import issues, patient_counts
from storage.queries.patient_counts import PatientCount
from storage.queries.sample_view import SampleView, SqliteView
from storage.samples import details, patients, samples
from storage.samples.details import Said
from storage.workspace import media
from storage.workspace.folder import Workspace

PATIENTS_SHOWN = 12
SIBLINGS_SHOWN = 24
HISTORY_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class SamplePage:
    """A page of the grid."""

    samples: tuple[Sample, ...]
    total: int
    revision: int
    """Of the moment before the page was read, so that nothing newer is missed unnoticed."""
    ledger: int
    """The newest decision at that moment."""
    why: Mapping[SampleId, Why]
    """Why its queue asks for each sample; empty where no queue was chosen."""


@dataclass(frozen=True, kw_only=True)
class FacetCounts:
    """Everything that is counted beside the grid."""

    facets: Facets
    patients: tuple[PatientCount, ...]
    patient_total: int


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One sample and what is known around it."""

    sample: Sample
    siblings: tuple[Sample, ...]
    """Other samples of its group."""
    history: tuple[CurationDecision, ...]
    """Oldest first."""
    taken_back: frozenset[int]
    """Numbers of those decisions that an undo has taken back."""
    undoable: int | None
    """Number of the decision that can be taken back now."""
    said: Said | None
    """What the active checkpoint says."""
    issues: tuple[Issue, ...]
    """What finders suspect, worst first."""
    suspected_before: bool
    """It has been decided on since finders looked: what they say may be of another label."""
    related: tuple[Sample, ...]
    """What to look at beside it because of that."""
    patients: Mapping[PatientId, str]
    """Names of the patients that its sources and decisions speak of."""


def page(
    workspace: Workspace, view: SampleView, query: SampleQuery, offset: int, limit: int
) -> SamplePage:
    """Return a page: the view says which samples, SQLite what they are and why they are asked."""
    revision = workspace.revision()
    with workspace.read() as session:
        ledger = decisions.newest(session)
    query = located(workspace, query)
    matching = view.page(query, offset, limit)
    with workspace.read() as session:
        shown = samples.many(session, matching.ids)
        why = reasons.why(session, query, shown)
    return SamplePage(
        samples=tuple(shown), total=matching.total, revision=revision, ledger=ledger, why=why
    )


def after(workspace: Workspace, query: SampleQuery, offset: int, shown: Sequence[SampleId]) -> int:
    """Return where the page after a shown one begins.

    What has been decided may have left the query since: only what still answers it is skipped.
    """
    query = located(workspace, query)
    with workspace.read() as session:
        return offset + samples.count_among(session, query, shown)


def count(workspace: Workspace, query: SampleQuery) -> tuple[int, int]:
    """Return how many samples a query selects, and how many of them are in the test set."""
    query, view = located(workspace, query), SqliteView(workspace)
    in_test = not query.splits or Split.TEST in query.splits
    test = view.page(replace(query, splits=(Split.TEST,)), 0, 1).total if in_test else 0
    return view.page(query, 0, 1).total, test


def located(workspace: Workspace, query: SampleQuery) -> SampleQuery:
    """Return the query with what lies in its area of the map, if it names one."""
    if not query.area:
        return query
    return replace(query, among=embedding_map.inside(workspace, query.area))


def cards(workspace: Workspace, ids: Sequence[SampleId]) -> list[Sample]:
    """Return the samples as they are now, in the order given."""
    with workspace.read() as session:
        return samples.many(session, ids)


def labelled_otherwise(workspace: Workspace, sample: SampleId) -> list[Sample]:
    """Return the siblings of a sample that are labelled as another class, undecided ones only.

    Those of the test set are left out: they are asked about separately.
    """
    with workspace.read() as session:
        decided = samples.get(session, sample)
        others = samples.many(session, details.siblings(session, sample, SIBLINGS_SHOWN))
    return [
        sibling
        for sibling in others
        if sibling.state.label != decided.state.label
        and sibling.state.status is Status.NEW
        and sibling.split is not Split.TEST
    ]


def facets(workspace: Workspace, query: SampleQuery) -> FacetCounts:
    """Count what each choice beside the grid would show."""
    query = located(workspace, query)
    with workspace.read() as session:
        named, total = patient_counts.top(session, query, PATIENTS_SHOWN)
        counted = samples.facets(session, query)
    return FacetCounts(facets=counted, patients=tuple(named), patient_total=total)


def detail(workspace: Workspace, sample: SampleId) -> Detail:
    """Return one sample in detail. Raises AppError when there is none of that id."""
    with workspace.read() as session:
        stored = samples.get(session, sample)
        others = details.siblings(session, sample, SIBLINGS_SHOWN)
        rows = decisions.history(session, HistoryQuery(sample=sample, limit=HISTORY_SHOWN))
        taken_back = _taken_back(rows)
        suspected = issues.of(session, sample)
        beside = dict.fromkeys(other for issue in suspected for other in issue.related)
        named = {source.patient for source in stored.sources}
        named |= {state.patient for row in rows for state in (row.before, row.after)}
        return Detail(
            sample=stored,
            siblings=tuple(samples.many(session, others)),
            history=tuple(rows),
            taken_back=frozenset(taken_back),
            undoable=_undoable(stored, rows, taken_back),
            said=details.said_by_active(session, sample),
            issues=tuple(suspected),
            suspected_before=_decided_since(rows, queue_state.made_at(session)),
            related=tuple(samples.many(session, list(beside))),
            patients=details.patient_names(session, [p for p in named if p is not None]),
        )


def _decided_since(rows: Sequence[CurationDecision], moment: datetime | None) -> bool:
    return moment is not None and any(row.applied and row.when > moment for row in rows)


def _taken_back(rows: Sequence[CurationDecision]) -> set[int]:
    """Return what has been undone; an undo that was itself taken back (a redo) does not count."""
    gone: set[int] = set()
    for row in reversed(rows):
        if row.applied and row.undoes is not None and row.number not in gone:
            gone.add(row.undoes)
    return gone


def _undoable(sample: Sample, rows: Sequence[CurationDecision], gone: set[int]) -> int | None:
    """Return the newest decision that still stands, where its outcome is what the sample is now."""
    standing = [
        row
        for row in rows
        if row.applied and row.kind is not DecisionKind.UNDO and row.number not in gone
    ]
    last = standing[-1] if standing else None
    if last is None or last.kind is DecisionKind.PROMOTE or last.after != sample.state:
        return None
    return last.number


def patient_name(workspace: Workspace, patient: PatientId) -> str | None:
    """Return the name that was given for a patient."""
    with workspace.read() as session:
        return patients.name_of(session, patient)


def thumb_file(workspace: Workspace, image: ImageId) -> Path:
    """Return where the thumbnail of an image lies (if there is such an image)."""
    return media.thumb_path(workspace, image)


def media_file(workspace: Workspace, image: ImageId) -> Path | None:
    """Return where a photograph lies, or None when there is no such image."""
    with workspace.read() as session:
        file = media.file_of(session, image)
    return None if file is None else media.path(workspace, file)
