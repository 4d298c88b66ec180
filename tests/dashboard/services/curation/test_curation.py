"""Decisions that name something that is not there change nothing and say so."""

import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, SampleQuery
from dashboard.services.curation import classes, curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, [("Measles", "p1"), ("Cowpox", "p2")])


def refused(workspace: Workspace, order: Order, sample: SampleId, words: str) -> None:
    with pytest.raises(AppError, match=words):
        curation.decide(workspace, order, [Choice(sample=sample)])
    assert pages.history(workspace) == []


def test_joining_a_sample_that_is_not_there_is_refused_by_its_id(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    nobody = SampleId("f" * 16)
    order = Order(kind=DecisionKind.JOIN, who="ann", join=nobody)
    refused(workspace, order, ids[0], "no sample ffffffffffffffff to join")


def test_joining_with_nothing_named_is_refused(workspace: Workspace, ids: list[SampleId]) -> None:
    refused(workspace, Order(kind=DecisionKind.JOIN, who="ann"), ids[0], "No sample was named")


def test_relabelling_to_a_class_removed_meanwhile_is_refused(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    (warts,) = classes.add(workspace, ["Warts"])
    classes.remove(workspace, warts.id)
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=warts.id)
    refused(workspace, order, ids[0], "not in the list of classes any more")


def test_relabelling_to_a_class_that_never_was_is_refused(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=ClassId(99))
    refused(workspace, order, ids[0], "not in the list of classes")


def test_an_undo_never_brings_a_sample_back_to_a_class_that_was_removed(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    with workspace.read() as session:
        label = samples.states(session, ids)[ids[0]].label
        other = samples.states(session, ids)[ids[1]].label
    order = Order(kind=DecisionKind.RELABEL, who="ann", label=other)
    curation.decide(workspace, order, [Choice(sample=ids[0])])
    assert label is not None
    classes.remove(workspace, label)
    result = undoing.undo(workspace, "ann")
    assert result.applied == 0
    assert [row.why for row in result.refused] == ["its class has been removed since"]
    with workspace.read() as session:
        assert samples.states(session, ids)[ids[0]].label == other


def test_everything_that_matches_leaves_what_others_have_decided_since(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    seen = pages.newest(workspace)
    cowpox = classes.find(workspace, "Cowpox")
    bob = Order(kind=DecisionKind.RELABEL, who="bob", label=cowpox.id)
    curation.decide(workspace, bob, [Choice(sample=ids[0])])
    ann = Order(kind=DecisionKind.EXCLUDE, who="ann")
    result = curation.decide_matching(workspace, ann, SampleQuery(), 2, seen)
    assert (result.applied, [one.sample for one in result.refused]) == (1, [ids[0]])
    assert result.refused[0].why == "bob has changed it since you looked"
    # What bob has taken back is as ann saw it; her own exclusion is not.
    undoing.undo(workspace, "bob")
    result = curation.decide_matching(workspace, ann, SampleQuery(), 2, seen)
    assert (result.applied, [one.sample for one in result.refused]) == (1, [ids[1]])
