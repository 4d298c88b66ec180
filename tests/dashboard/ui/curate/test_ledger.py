"""The ledger as a table: filtered, in pages, undone, taken away and brought in."""

from datetime import datetime, timedelta
from pathlib import Path

import gradio as gr
import pandas as pd
import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.services.curation import curation, listing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import exchange
from dashboard.services.system import uploads
from dashboard.ui.curate import ledger
from dashboard.ui.curate.ledger import Ledger
from storage.workspace.folder import Workspace
from tests import factories

ROWS = [("AB"[n % 2], f"p{n}") for n in range(6)]


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, ROWS)


@pytest.fixture
def table(ctx: AppContext, ids: list[SampleId], blocks: gr.Blocks) -> Ledger:
    return Ledger(ctx)


def decide(workspace: Workspace, who: str, kind: str, chosen: list[SampleId], **more: object):  # type: ignore[no-untyped-def]
    order = Order(kind=DecisionKind(kind), who=who, **more)  # type: ignore[arg-type]
    return curation.decide(workspace, order, [Choice(sample=one) for one in chosen])


def states(workspace: Workspace) -> dict[SampleId, object]:
    return {one.id: one.state for one in listing.matching(workspace, SampleQuery())}


def chosen(table: pd.DataFrame, row: int) -> gr.SelectData:
    return gr.SelectData(None, {"index": [row, 0], "value": str(table.iloc[row, 0])})


def test_an_empty_ledger_says_so_and_a_filter_that_fits_nothing_says_that(table: Ledger) -> None:
    rows, told, newer, older = table.rows("", "", "", 0)
    assert (len(rows), told) == (0, "Nobody has decided anything yet.")
    assert (newer["visible"], older["visible"]) == (False, False)
    assert table.rows("x", "", "", 0)[1] == "No decision matches."


def test_decisions_are_said_in_words_newest_first_and_filtered(
    workspace: Workspace, table: Ledger, ids: list[SampleId]
) -> None:
    decide(workspace, "ann", "relabel", ids[:2], label=ClassId(2), reason="wrong_class", note="hm")
    decide(workspace, "bob", "exclude", ids[2:3])
    rows, told, _, _ = table.rows("", "", "", 0)
    assert rows["Decision"].to_list() == ["Excluded", "Confirmed as B", "Relabelled from A to B"]
    assert rows.iloc[2][["Who", "Reason", "Note"]].to_list() == ["ann", "Wrong class", "hm"]
    assert told == "1–3 of 3"
    assert len(table.rows("", "relabel", "", 0)[0]) == 2
    assert table.rows("", "", "bob", 0)[0]["Decision"].to_list() == ["Excluded"]
    people, since = table.opened()
    assert people["choices"] == [("Everybody", ""), ("ann", "ann"), ("bob", "bob")]
    assert timedelta(minutes=59) < datetime.now() - since < timedelta(minutes=61)


def test_a_long_ledger_comes_in_pages(
    workspace: Workspace, table: Ledger, ids: list[SampleId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "ROWS", 4)
    decide(workspace, "ann", "keep", ids)
    rows, told, newer, older = table.rows("", "", "", 4)
    assert (len(rows), told) == (2, "5–6 of 6")
    assert (newer["visible"], older["visible"]) == (True, False)


def test_a_batch_is_chosen_by_its_row_and_undone_once(
    workspace: Workspace, table: Ledger, ids: list[SampleId]
) -> None:
    before = states(workspace)
    decide(workspace, "ann", "exclude", ids[:3])
    rows = table.rows("", "", "", 0)[0]
    batch, button = table.chosen(rows, chosen(rows, 1))
    assert (button["interactive"], button["value"]) == (True, f"Undo batch {batch}")
    _, question, subject = table.ask_batch("", batch)
    assert "3 decisions of ann" in question
    table.on_undo_batch(subject, "bob")
    assert states(workspace) == before
    rows = table.rows("", "", "", 0)[0]
    _, button = table.chosen(rows, chosen(rows, 5))
    assert (button["interactive"], button["value"]) == (False, f"Batch {batch}: taken back")
    with pytest.raises(AppError, match="nothing that could be undone"):
        table.on_undo_batch(batch, "bob")
    with pytest.raises(AppError, match="can be taken back any more"):
        table.ask_batch("", batch)


def test_ones_own_decisions_since_a_moment_are_undone(
    workspace: Workspace, table: Ledger, ids: list[SampleId]
) -> None:
    decide(workspace, "bob", "keep", ids[5:])
    before, moment = states(workspace), datetime.now()
    decide(workspace, "ann", "exclude", ids[:3])
    _, question, begin = table.ask_since("ann", moment)
    assert "3 rows of yours" in question
    table.on_undo_since(begin, "ann")
    assert states(workspace) == before


def test_another_ledger_is_checked_before_it_is_taken_over(
    workspace: Workspace, table: Ledger, ids: list[SampleId], tmp_path: Path
) -> None:
    other = Workspace.open(tmp_path / "other")
    factories.fill(other, [*ROWS, ("A", "only there")])
    decide(other, "eve", "exclude", factories_ids(other))
    decide(workspace, "ann", "keep", ids[:1])
    file = uploads.folder(workspace) / "a1" / "theirs.xlsx"
    file.parent.mkdir(parents=True)
    exchange.write(other, file)
    other.close()
    before = states(workspace)
    check, refused, group, question, subject = table.exchange.check(str(file))
    assert states(workspace) == before
    assert "5\u00a0decisions would be taken over" in check["value"]
    assert refused["value"]["What"].to_list() == ["Refused", "Skipped"]
    assert (group["visible"], "5 decisions" in question) == (True, True)
    done, _ = table.exchange.bring(subject)
    assert "5\u00a0decisions taken over" in done["value"]
    assert states(workspace) != before
    assert not file.exists()


def factories_ids(workspace: Workspace) -> list[SampleId]:
    return [one.id for one in listing.matching(workspace, SampleQuery())]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_whole_ledger_is_written_to_be_saved(
    workspace: Workspace, table: Ledger, ids: list[SampleId], kind: str
) -> None:
    decide(workspace, "ann", "keep", ids)
    file = table.exchange.write(kind)
    saved = pd.read_csv(file) if kind == "csv" else pd.read_excel(file)
    assert (file.name, len(saved)) == (f"ledger.{kind}", len(ids))
