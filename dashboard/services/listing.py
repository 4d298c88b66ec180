"""Lists of what is in a workspace, for commands that print or export."""

from core.types import ClassId, PatientId, Queue, Sample, SampleId, SampleQuery
from storage import classes, patients, samples, splits
from storage.sample_query import SqliteView
from storage.splits import SplitVersion
from storage.workspace import Workspace


def matching(workspace: Workspace, query: SampleQuery) -> list[Sample]:
    """Return the samples that a query selects, in its order, with their sources."""
    ids = SqliteView(workspace).ids(query)
    with workspace.read() as session:
        return samples.many(session, ids)


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
