import shutil

import pytest

from core.errors import WorkspaceInUse
from core.types import ClassId, DecisionKind, SampleId, SampleQuery
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from dashboard.services.view import sync
from storage.fiftyone_view import connect
from storage.fiftyone_view.mongod import Mongod
from storage.fiftyone_view.view import FiftyOneView
from storage.queries.sample_view import SqliteView
from storage.samples import classes
from storage.workspace.folder import Workspace
from tests import factories

pytestmark = pytest.mark.mongod


@pytest.fixture
def view(workspace: Workspace, view_server: Mongod) -> FiftyOneView:
    factories.fill(workspace, [("acne", "a"), ("acne", "b"), ("Measles", "c"), (None, "d")])
    return connect.open_view(workspace, view_server)


def label_in_app(view: FiftyOneView, sample: SampleId, name: str | None) -> None:
    """Do what a person does in the FiftyOne App."""
    import fiftyone as fo

    it = view.dataset.match({"sample_id": sample}).first()
    it.ground_truth = None if name is None else fo.Classification(label=name)
    it.save()


def named(workspace: Workspace, name: str) -> ClassId:
    with workspace.read() as session:
        return classes.by_name(session, name).id


def shown(view: FiftyOneView, sample: SampleId) -> str | None:
    it = view.dataset.match({"sample_id": sample}).first()
    return None if it.ground_truth is None else str(it.ground_truth.label)


def test_a_label_edited_in_the_app_becomes_exactly_one_decision(
    workspace: Workspace, view: FiftyOneView
) -> None:
    first, *_ = ids = view.ids(SampleQuery())
    label_in_app(view, first, "Measles")
    report = sync.catch_up(workspace, view)
    assert (report.decided, report.projected, report.refused) == (1, 1, ())
    assert sync.catch_up(workspace, view) == sync.SyncReport(projected=0)
    rows = pages.history(workspace)
    assert [(row.sample, row.kind, row.who, row.applied) for row in rows] == [
        (first, DecisionKind.RELABEL, "FiftyOne App", True)
    ]
    measles = SampleQuery(labels=(named(workspace, "Measles"),))
    assert view.ids(measles) == SqliteView(workspace).ids(measles) == [first, ids[2]]
    assert shown(view, first) == "Measles"


def test_edits_of_several_samples_are_one_batch_for_each_class(
    workspace: Workspace, view: FiftyOneView
) -> None:
    a, b, c, d = view.ids(SampleQuery())
    for sample, name in ((a, "Measles"), (b, "Measles"), (c, "acne"), (d, "acne")):
        label_in_app(view, sample, name)
    assert sync.catch_up(workspace, view).decided == 4
    rows = pages.history(workspace)
    assert [row.sample for row in rows] == [a, b, c, d]
    assert len({row.batch for row in rows}) == 2
    undoing.undo(workspace, sync.APP)
    assert sync.catch_up(workspace, view).projected == 2
    assert [shown(view, sample) for sample in (c, d)] == ["Measles", None]


def test_a_restart_between_decision_and_view_does_not_decide_twice(
    workspace: Workspace, view: FiftyOneView, view_server: Mongod
) -> None:
    first = view.ids(SampleQuery())[0]
    label_in_app(view, first, "Measles")
    (edit,) = view.foreign_edits()
    order = Order(kind=DecisionKind.RELABEL, who=sync.APP, label=named(workspace, "Measles"))
    curation.decide(workspace, order, [Choice(sample=first, expected=edit.expected)])
    # Killed here; the next server opens the view.
    again = connect.open_view(workspace, view_server)
    assert sync.catch_up(workspace, again).decided == 0
    assert len(pages.history(workspace)) == 1
    assert again.foreign_edits() == []


def test_an_edit_of_what_somebody_changed_meanwhile_is_recorded_once_and_refused(
    workspace: Workspace, view: FiftyOneView
) -> None:
    first = view.ids(SampleQuery())[0]
    label_in_app(view, first, "Measles")
    curation.decide(workspace, Order(kind=DecisionKind.EXCLUDE, who="Ada"), [Choice(sample=first)])
    assert view.page(SampleQuery(), 0, 48).total == 4
    assert shown(view, first) == "Measles"
    report = sync.catch_up(workspace, view)
    assert (report.decided, [row.sample for row in report.refused]) == (0, [first])
    assert "Ada" in report.refused[0].why
    assert shown(view, first) == "acne"
    sync.catch_up(workspace, view)
    assert [(row.who, row.applied) for row in pages.history(workspace)] == [
        ("Ada", True),
        ("FiftyOne App", False),
    ]


def test_the_same_edit_made_again_after_an_undo_is_a_new_decision(
    workspace: Workspace, view: FiftyOneView
) -> None:
    first = view.ids(SampleQuery())[0]
    for _ in range(2):
        label_in_app(view, first, "Measles")
        assert sync.catch_up(workspace, view).decided == 1
        undoing.undo(workspace, sync.APP)
        sync.catch_up(workspace, view)
        assert shown(view, first) == "acne"


@pytest.mark.parametrize(
    ("name", "why"),
    [("Mumps", "no class called 'Mumps'"), (None, "cannot be taken away")],
)
def test_an_edit_that_cannot_be_a_decision_is_told_and_taken_back(
    workspace: Workspace, view: FiftyOneView, name: str | None, why: str
) -> None:
    first = view.ids(SampleQuery())[0]
    label_in_app(view, first, name)
    report = sync.catch_up(workspace, view)
    assert why in report.refused[0].why
    assert shown(view, first) == "acne"
    assert pages.history(workspace) == []


def test_sync_is_refused_while_a_dashboard_serves(workspace: Workspace) -> None:
    with workspace.serving(), pytest.raises(WorkspaceInUse):
        sync.sync(workspace)


def test_sync_projects_and_a_rebuild_gives_the_same_again(workspace: Workspace) -> None:
    factories.fill(workspace, [("acne", "a"), ("Measles", None)])
    assert sync.sync(workspace) == sync.SyncReport(projected=2)
    assert sync.sync(workspace) == sync.SyncReport(projected=0)
    assert sync.sync(workspace, rebuild=True) == sync.SyncReport(projected=2)
    shutil.rmtree(workspace.fiftyone)
    assert sync.sync(workspace) == sync.SyncReport(projected=2)
    assert not workspace.is_served()


def test_a_rebuild_mends_damaged_files(workspace: Workspace) -> None:
    factories.fill(workspace, [("acne", "a")])
    sync.sync(workspace)
    for file in (workspace.fiftyone / "db").glob("WiredTiger*"):
        file.write_bytes(b"not a database")
    assert sync.sync(workspace, rebuild=True).projected == 1


def test_a_rebuild_does_not_lose_an_edit_that_is_no_decision_yet(workspace: Workspace) -> None:
    factories.fill(workspace, [("acne", "a"), ("Measles", "b")])
    view = connect.open_view(workspace)
    label_in_app(view, view.ids(SampleQuery())[0], "Measles")
    view.close()
    assert sync.sync(workspace, rebuild=True) == sync.SyncReport(projected=2, decided=1)
    assert [row.who for row in pages.history(workspace)] == [sync.APP]
