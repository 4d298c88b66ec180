"""Second readings: opinions, disputes, agreement, and two people at one sample."""

import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, Queue, SampleId, SampleQuery, Status
from dashboard.services.curation import curation, reader_agreement, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from storage.queries.sample_view import SqliteView
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories

A, B, C = ClassId(1), ClassId(2), ClassId(3)


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, [("ABC"[n % 3], f"p{n}") for n in range(9)])


def say(workspace: Workspace, who: str, kind: str, sample: SampleId, label: int | None = None):  # type: ignore[no-untyped-def]
    order = Order(kind=DecisionKind(kind), who=who, label=None if label is None else ClassId(label))
    return curation.decide(workspace, order, [Choice(sample=sample)])


def queue(workspace: Workspace, name: Queue) -> list[SampleId]:
    return SqliteView(workspace).ids(SampleQuery(queues=(name,)))


def test_an_opinion_is_kept_and_changes_no_state(workspace: Workspace, ids: list[SampleId]) -> None:
    with workspace.read() as session:
        before = samples.states(session, ids)
    result = say(workspace, "ann", "opinion", ids[0], C)
    assert (result.applied, result.refused) == (1, ())
    with workspace.read() as session:
        assert samples.states(session, ids) == before
        assert samples.get(session, ids[0]).readers == 1
    (row,) = pages.history(workspace)
    assert (row.kind, row.opinion, row.before, row.after) == ("opinion", C, row.after, row.before)


def test_who_decides_is_a_reader_and_a_second_one_is_wanted(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    say(workspace, "ann", "keep", ids[0])
    say(workspace, "ann", "relabel", ids[1], C)
    assert queue(workspace, Queue.SECOND_READING) == ids[:2]
    say(workspace, "bob", "opinion", ids[0], A)
    assert queue(workspace, Queue.SECOND_READING) == [ids[1]]
    assert queue(workspace, Queue.ADJUDICATION) == []
    assert dict(reader_agreement.of(workspace, ids[0]).words) == {"ann": A, "bob": A}


def test_readers_who_differ_wait_for_somebody_to_settle_it(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    say(workspace, "ann", "keep", ids[0])
    say(workspace, "bob", "opinion", ids[0], B)
    assert queue(workspace, Queue.ADJUDICATION) == [ids[0]]
    say(workspace, "eve", "relabel", ids[0], B)
    assert queue(workspace, Queue.ADJUDICATION) == []
    # A new word against what was settled opens it again; taking it back closes it.
    say(workspace, "dan", "opinion", ids[0], C)
    assert queue(workspace, Queue.ADJUDICATION) == [ids[0]]
    undoing.undo(workspace, "dan")
    assert queue(workspace, Queue.ADJUDICATION) == []


def test_whoever_settles_a_dispute_does_not_make_readers_agree(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    say(workspace, "ann", "keep", ids[0])
    say(workspace, "bob", "opinion", ids[0], B)
    say(workspace, "bob", "relabel", ids[0], A)
    assert dict(reader_agreement.of(workspace, ids[0]).words) == {"ann": A, "bob": B}
    found = reader_agreement.agree(workspace)
    assert (found.disputed, found.pairs[0].kappa.observed) == (0, 0.0)
    # The word that settled it is what a later reader differs from.
    say(workspace, "dan", "opinion", ids[0], C)
    assert queue(workspace, Queue.ADJUDICATION) == [ids[0]]


def test_a_reader_who_changes_his_mind_ends_the_dispute(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    say(workspace, "ann", "keep", ids[0])
    say(workspace, "bob", "opinion", ids[0], B)
    say(workspace, "bob", "opinion", ids[0], A)
    assert queue(workspace, Queue.ADJUDICATION) == []


def test_undoing_an_opinion_works_although_the_label_has_moved_on(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    say(workspace, "bob", "opinion", ids[0], B)
    say(workspace, "ann", "relabel", ids[0], C)
    result = undoing.undo(workspace, "bob")
    assert (result.applied, result.refused) == (1, ())
    with workspace.read() as session:
        now = samples.get(session, ids[0])
    assert (now.state.label, now.state.status, now.readers) == (C, Status.RELABELLED, 1)
    undoing.redo(workspace, "bob")
    assert dict(reader_agreement.of(workspace, ids[0]).words) == {"ann": C, "bob": B}
    with workspace.read() as session:
        assert samples.get(session, ids[0]).state.label == C


def test_the_second_of_two_people_is_told_and_both_attempts_stand_in_order(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    with workspace.read() as session:
        seen = samples.states(session, ids)[ids[0]]
    for who, label in (("ann", B), ("bob", C)):
        order = Order(kind=DecisionKind.RELABEL, who=who, label=label)
        result = curation.decide(workspace, order, [Choice(sample=ids[0], expected=seen)])
    assert result.applied == 0
    assert result.refused[0].why == "ann has changed it since you looked"
    rows = pages.history(workspace)
    assert [(row.who, row.applied) for row in rows] == [("ann", True), ("bob", False)]
    # What was refused is no reading.
    assert dict(reader_agreement.of(workspace, ids[0]).words) == {"ann": B}


def test_agreement_is_that_of_a_table_worked_out_by_hand(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    # ann keeps all nine: A, B, C three times each. bob agrees on six and calls one of each
    # class by the next one. Observed 6/9; every share 1/3, chance 1/3; kappa (2/3 - 1/3) / (2/3).
    for place, sample in enumerate(ids):
        say(workspace, "ann", "keep", sample)
        say(workspace, "bob", "opinion", sample, (place if place < 6 else place + 1) % 3 + 1)
    found = reader_agreement.agree(workspace)
    (pair,) = found.pairs
    assert (pair.one, pair.other, pair.kappa.samples) == ("ann", "bob", 9)
    assert pair.kappa.value == pytest.approx(0.5)
    # Two readers each: mean P_i = 6/9, P_e = 1/3 as well.
    assert found.fleiss == pytest.approx(0.5)
    assert (found.samples, found.disputed) == (9, 3)


def test_nobody_has_read_anything_twice(workspace: Workspace, ids: list[SampleId]) -> None:
    say(workspace, "ann", "keep", ids[0])
    found = reader_agreement.agree(workspace)
    assert (found.pairs, found.fleiss, found.samples) == ((), None, 0)


def test_an_opinion_needs_a_class(workspace: Workspace, ids: list[SampleId]) -> None:
    with pytest.raises(AppError, match="No class was named"):
        say(workspace, "ann", "opinion", ids[0])
