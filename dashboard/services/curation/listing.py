"""Lists of what is in a workspace, for commands that print or export."""

from dataclasses import replace
from datetime import datetime

from core.curation import decision_rules
from core.types import (
    ClassId,
    PatientId,
    Queue,
    Sample,
    SampleId,
    SampleQuery,
    SplitVersion,
    spelling,
)
from storage.ledger import decisions
from storage.queries.sample_view import SqliteView
from storage.samples import classes, patients, samples, sources, splits
from storage.workspace.folder import Workspace

_ALL = SampleQuery()


def matching(workspace: Workspace, query: SampleQuery) -> list[Sample]:
    """Return the samples that a query selects, in its order, with their sources."""
    ids = SqliteView(workspace).ids(query)
    with workspace.read() as session:
        return samples.many(session, ids)


def as_of(workspace: Workspace, moment: datetime, query: SampleQuery = _ALL) -> list[Sample]:
    """Return the samples that were there at a moment, with the states that they had then.

    Of the query, labels, statuses and text apply, to those states. Everything else about the
    samples (split, queues, prediction) is as it is now.
    """
    with workspace.read() as session:
        imported = sources.imported_until(session, moment)
        rows = [row for row in decisions.all_rows(session) if row.when <= moment]
        present = samples.many(session, list(imported))
        names = patients.names(session)
    then = decision_rules.replay(imported, rows)
    past = [
        replace(
            sample,
            state=then[sample.id],
            patient_name=names.get(then[sample.id].patient or PatientId(0)),
        )
        for sample in present
    ]
    text = spelling.folded(query.text)
    return [
        sample
        for sample in past
        if (not query.labels or sample.state.label in query.labels)
        and (not query.statuses or sample.state.status in query.statuses)
        and (
            text in spelling.folded(sample.file)
            or text in spelling.folded(sample.patient_name or "")
        )
    ]


def by_id(workspace: Workspace) -> dict[SampleId, Sample]:
    """Return every sample by its id."""
    with workspace.read() as session:
        return {sample.id: sample for sample in samples.everything(session)}


def queue_sizes(workspace: Workspace) -> dict[Queue, int]:
    """Return how many samples each queue holds."""
    with workspace.read() as session:
        return dict(samples.facets(session, SampleQuery()).queues)


def class_names(workspace: Workspace) -> dict[ClassId, str]:
    """Return the name of every class, removed ones too: old decisions and runs speak of them."""
    with workspace.read() as session:
        return classes.names(session)


def patient_names(workspace: Workspace) -> dict[PatientId, str]:
    """Return the name of every patient."""
    with workspace.read() as session:
        return patients.names(session)


def split_in_use(workspace: Workspace) -> SplitVersion | None:
    """Return the split version in use, or None before the first."""
    with workspace.read() as session:
        return splits.current(session)
