"""The ledger: append-only, one transaction a batch, undo that loses nothing."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.errors import AppError
from core.types import ClassId, DecisionKind, HistoryQuery, SampleId, Status
from dashboard.services.curation import curation, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[3]


def relabel(label: int, who: str = "ann") -> Order:
    return Order(kind=DecisionKind.RELABEL, who=who, label=ClassId(label))


def chosen(ids: list[SampleId]) -> list[Choice]:
    return [Choice(sample=sample) for sample in ids]


def labels(workspace: Workspace, ids: list[SampleId]) -> list[int | None]:
    with workspace.read() as session:
        states = samples.states(session, ids)
    return [states[sample].label for sample in ids]


def test_a_batch_is_undone_and_redone_as_a_whole(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1"), ("A", "p2"), ("B", "p3")])
    curation.decide(workspace, relabel(2), chosen(ids))
    assert labels(workspace, ids) == [2, 2, 2]
    assert undoing.undo(workspace, "ann").applied == 3
    assert labels(workspace, ids) == [1, 1, 2]
    assert undoing.redo(workspace, "ann").applied == 3
    assert labels(workspace, ids) == [2, 2, 2]


def test_undo_survives_closing_the_workspace(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1"), ("B", "p2")])
    curation.decide(workspace, relabel(2), chosen(ids[:1]))
    again = Workspace.open(workspace.folder)
    assert undoing.undo(again, "ann").applied == 1
    assert labels(again, ids) == [1, 2]
    again.close()


def test_undo_leaves_alone_what_was_changed_since_and_names_by_whom(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1"), ("A", "p2"), ("B", "p3"), ("C", "p4")])
    curation.decide(workspace, relabel(2), chosen(ids[:2]))
    curation.decide(workspace, relabel(3, who="bob"), chosen(ids[:1]))
    result = undoing.undo(workspace, "ann")
    assert result.applied == 1
    assert [(row.sample, row.why) for row in result.refused] == [
        (ids[0], "bob has changed it since you looked")
    ]
    assert labels(workspace, ids) == [3, 1, 2, 3]


def test_the_default_undo_is_ones_own_last_batch(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1"), ("A", "p2"), ("B", "p3")])
    curation.decide(workspace, relabel(2), chosen(ids[:1]))
    curation.decide(workspace, relabel(2, who="bob"), chosen(ids[1:2]))
    undoing.undo(workspace, "ann")
    assert labels(workspace, ids) == [1, 2, 2]
    with pytest.raises(AppError, match="no decision of yours"):
        undoing.undo(workspace, "ann")


def test_a_decision_on_a_state_that_moved_on_is_recorded_but_not_applied(
    workspace: Workspace,
) -> None:
    ids = factories.fill(workspace, [("A", "p1"), ("B", "p2"), ("C", "p3")])
    with workspace.read() as session:
        seen = samples.states(session, ids)[ids[0]]
    curation.decide(workspace, relabel(2, who="bob"), chosen(ids[:1]))
    late = curation.decide(workspace, relabel(3), [Choice(sample=ids[0], expected=seen)])
    assert late.applied == 0
    assert late.refused[0].why == "bob has changed it since you looked"
    rows = pages.history(workspace, HistoryQuery(sample=ids[0]))
    assert [(row.who, row.applied) for row in rows] == [("bob", True), ("ann", False)]
    assert labels(workspace, ids[:1]) == [2]


def test_sqlite_itself_refuses_to_change_the_ledger(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1")])
    curation.decide(workspace, Order(kind=DecisionKind.KEEP, who="ann"), chosen(ids))
    for statement in ("UPDATE decisions SET who = 'eve'", "DELETE FROM decisions"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            workspace.transaction() as session,
        ):
            session.execute(text(statement))
    assert [row.who for row in pages.history(workspace)] == ["ann"]


def test_excluding_and_restoring_returns_a_sample(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", "p1")])
    curation.decide(workspace, Order(kind=DecisionKind.EXCLUDE, who="ann"), chosen(ids))
    curation.decide(workspace, Order(kind=DecisionKind.RESTORE, who="ann"), chosen(ids))
    with workspace.read() as session:
        assert samples.get(session, ids[0]).state.status is Status.NEW


def test_a_full_disk_saves_nothing_of_the_batch_and_says_so(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", f"p{n}") for n in range(300)] + [("B", "q")])
    with (
        pytest.raises(AppError, match="disk is full") as caught,
        workspace.transaction() as session,
    ):
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        curation.decide_in(session, relabel(2), chosen(ids))
    assert caught.value.hint.startswith("Free some space")
    with sqlite3.connect(workspace.folder / "ai-mpox.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_two_processes_write_at_once_without_losing_a_decision(workspace: Workspace) -> None:
    ids = factories.fill(workspace, [("A", f"p{n}") for n in range(40)] + [("B", "q")])
    script = (
        "import sys; from pathlib import Path\n"
        "from core.types import DecisionKind\n"
        "from dashboard.services.curation import curation\n"
        "from dashboard.services.curation.curation import Choice, Order\n"
        "from storage.workspace.folder import Workspace\n"
        "workspace = Workspace.open(Path(sys.argv[1]))\n"
        "for sample in sys.argv[3:]:\n"
        "    order = Order(kind=DecisionKind.KEEP, who=sys.argv[2])\n"
        "    curation.decide(workspace, order, [Choice(sample=sample)])\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(workspace.folder), who, *part], cwd=ROOT
        )
        for who, part in (("ann", ids[:20]), ("bob", ids[20:40]))
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    rows = pages.history(workspace)
    assert [row.number for row in rows] == list(range(1, 41))
    assert {row.who for row in rows} == {"ann", "bob"}
