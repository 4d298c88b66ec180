"""A queue says why it asks: with its own reason, not with another queue's."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import insert, update

from core.types import ClassId, DecisionKind, Queue, SampleId, SampleQuery, Why
from dashboard.services.browsing import browsing
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from storage.database import meta
from storage.database.tables import SampleRow, SourceRow
from storage.queries.sample_view import SqliteView
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories

A, B = ClassId(1), ClassId(2)


def why(workspace: Workspace, *queues: Queue) -> dict[SampleId, Why]:
    page = browsing.page(workspace, SqliteView(workspace), SampleQuery(queues=queues), 0, 48)
    return dict(page.why)


def filled(workspace: Workspace) -> Sequence[SampleId]:
    return factories.fill(workspace, [("A", "p0"), ("A", "p1"), ("B", "p2")])


def test_where_the_model_disagrees_its_class_and_confidence_are_told(workspace: Workspace) -> None:
    first, second, third = filled(workspace)
    said = {first: (B, 0.914), second: (A, 0.8), third: (B, 0.9)}
    with workspace.transaction() as session:
        samples.set_predictions(session, said)
    asked = {first: Why(reason="The active model says B, 91 % sure.", suggested=B)}
    assert why(workspace, Queue.DISAGREEMENT) == asked


def test_where_sources_conflict_their_classes_are_told(workspace: Workspace) -> None:
    first, *_ = filled(workspace)
    with workspace.transaction() as session:
        session.execute(
            insert(SourceRow).values(
                sample_id=first, import_number=1, file="other.png", label=B, origin="made"
            )
        )
        session.execute(update(SampleRow).where(SampleRow.id == first).values(conflict=True))
    assert why(workspace, Queue.CONFLICT) == {
        first: Why(reason="Its sources say A and B.", suggested=None)
    }


def test_where_readers_differ_it_is_told_who_said_what(workspace: Workspace) -> None:
    first, *_ = filled(workspace)
    for who, label in (("bob", B), ("ann", A)):
        order = Order(kind=DecisionKind.OPINION, who=who, label=label)
        curation.decide(workspace, order, [Choice(sample=first)])
    assert why(workspace, Queue.ADJUDICATION) == {
        first: Why(reason="Readers differ. ann: A, bob: B.", suggested=None)
    }


def test_what_is_suspected_is_marked_once_somebody_has_decided_since(workspace: Workspace) -> None:
    first, second, _ = filled(workspace)
    with workspace.transaction() as session:
        meta.put(session, "queues.made", datetime.now(UTC).isoformat())
    order = Order(kind=DecisionKind.KEEP, who="ann")
    curation.decide(workspace, order, [Choice(sample=first)])
    assert browsing.detail(workspace, first).suspected_before
    assert not browsing.detail(workspace, second).suspected_before


def test_what_needs_no_explanation_has_none(workspace: Workspace) -> None:
    filled(workspace)
    assert why(workspace) == why(workspace, Queue.PATIENT_UNKNOWN) == {}
