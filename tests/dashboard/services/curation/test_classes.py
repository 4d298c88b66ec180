import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, Status
from dashboard.services.curation import classes, curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(
        workspace,
        [("Cowpox", "P1"), ("Cowpox", "P2"), ("Measles", "P3"), ("Measles", "P3")],
    )


def class_id(workspace: Workspace, name: str) -> ClassId:
    return classes.find(workspace, name).id


def test_classes_are_listed_with_what_they_hold(workspace: Workspace, ids: list[SampleId]) -> None:
    exclude = Order(kind=DecisionKind.EXCLUDE, who="Ann")
    curation.decide(workspace, exclude, [Choice(sample=ids[0])])
    listed = [(info.name, info.key, n.images, n.patients) for info, n in classes.listed(workspace)]
    assert listed == [("Cowpox", "1", 1, 1), ("Measles", "2", 2, 1)]


def test_a_class_is_found_by_its_other_names(workspace: Workspace) -> None:
    (monkeypox,) = classes.add(workspace, ["mpox"])
    assert monkeypox.name == "Monkeypox"
    for name in ("Monkeypox", "MONKEYPOX", "mpox", "Monkey Pox"):
        assert classes.find(workspace, name) == monkeypox
    with pytest.raises(AppError, match="no class called 'Warts'") as caught:
        classes.find(workspace, "Warts")
    assert caught.value.hint == "The classes are: Monkeypox."


def test_a_name_that_is_taken_is_refused(workspace: Workspace, ids: list[SampleId]) -> None:
    with pytest.raises(AppError, match="another class called 'measles'"):
        classes.rename(workspace, class_id(workspace, "Cowpox"), "measles")


def test_a_rename_reaches_the_view(workspace: Workspace, ids: list[SampleId]) -> None:
    before = workspace.revision()
    classes.rename(workspace, class_id(workspace, "Cowpox"), "Cow pox (2019)")
    with workspace.read() as session:
        changed = samples.changed_since(session, before, 10)
    assert [one.id for one in changed] == ids[:2]


def test_a_merge_is_one_batch_that_can_be_undone(workspace: Workspace, ids: list[SampleId]) -> None:
    exclude = Order(kind=DecisionKind.EXCLUDE, who="Ann")
    curation.decide(workspace, exclude, [Choice(sample=ids[0])])
    cowpox, measles = class_id(workspace, "Cowpox"), class_id(workspace, "Measles")
    result = classes.merge(workspace, cowpox, measles, "Ann")
    assert (result.applied, result.refused) == (2, ())
    with workspace.read() as session:
        states = samples.states(session, ids)
    assert {state.label for state in states.values()} == {measles}
    assert states[ids[0]].status is Status.EXCLUDED
    classes.remove(workspace, cowpox)
    assert [info.name for info, _count in classes.listed(workspace)] == ["Measles"]


def test_undoing_a_merge_brings_back_exactly_what_was_also_where_a_sample_was_excluded(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    exclude = Order(kind=DecisionKind.EXCLUDE, who="Ann")
    curation.decide(workspace, exclude, [Choice(sample=ids[0])])
    cowpox, measles = class_id(workspace, "Cowpox"), class_id(workspace, "Measles")
    with workspace.read() as session:
        before = samples.states(session, ids)
    merged = classes.merge(workspace, cowpox, measles, "Ann")
    undone = undoing.undo(workspace, "Ann")
    with workspace.read() as session:
        assert samples.states(session, ids) == before
    # The exclusion, the merge of two, and the undo of two: a batch each.
    batches = [row.batch for row in pages.history(workspace)]
    assert batches == [1, 2, 2, 3, 3]
    assert (merged.applied, undone.applied) == (2, 2)
    undoing.redo(workspace, "Ann")
    with workspace.read() as session:
        again = samples.states(session, ids)
    assert [again[one].label for one in ids[:2]] == [measles, measles]
    assert [again[one].status for one in ids[:2]] == [Status.EXCLUDED, Status.RELABELLED]


def test_a_merge_into_a_class_that_is_gone_changes_nothing(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    (warts,) = classes.add(workspace, ["Warts"])
    classes.remove(workspace, warts.id)
    with pytest.raises(AppError, match="Warts is not in the list of classes any more"):
        classes.merge(workspace, class_id(workspace, "Cowpox"), warts.id, "Ann")
    assert pages.history(workspace) == []


def test_a_class_with_samples_is_not_removed(workspace: Workspace, ids: list[SampleId]) -> None:
    with pytest.raises(AppError, match="2 samples still have this class"):
        classes.remove(workspace, class_id(workspace, "Measles"))


def test_a_removed_class_comes_back_with_its_id(workspace: Workspace) -> None:
    (first,) = classes.add(workspace, ["Warts"])
    classes.remove(workspace, first.id)
    (again,) = classes.add(workspace, ["warts"])
    assert again.id == first.id
