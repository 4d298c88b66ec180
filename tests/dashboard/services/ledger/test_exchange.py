"""The ledger beyond one screen: as of a day, undone since a moment, as a table."""

import csv
import io
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, SampleQuery, Status
from dashboard.services.curation import curation, listing, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import exchange, pages
from storage.samples import samples
from storage.workspace.folder import DATABASE_FILE, Workspace
from tests import factories

A, B, C = ClassId(1), ClassId(2), ClassId(3)
ROWS = [("ABC"[n % 3], f"p{n}") for n in range(9)]


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, ROWS)


def decide(workspace: Workspace, who: str, kind: str, chosen: list[SampleId], **more: object):  # type: ignore[no-untyped-def]
    order = Order(kind=DecisionKind(kind), who=who, **more)  # type: ignore[arg-type]
    return curation.decide(workspace, order, [Choice(sample=one) for one in chosen])


def states(workspace: Workspace) -> dict[SampleId, object]:
    return {one.id: one.state for one in listing.matching(workspace, SampleQuery())}


def test_as_of_a_moment_agrees_with_a_copy_stored_then(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path
) -> None:
    decide(workspace, "ann", "relabel", ids[:3], label=C)
    decide(workspace, "bob", "exclude", ids[3:5])
    undoing.undo(workspace, "ann")
    decide(workspace, "ann", "set_patient", ids[5:6], patient="somebody else")
    decide(workspace, "ann", "opinion", ids[6:7], label=A)
    moment = datetime.now(UTC)
    copied = tmp_path / "copy"
    copied.mkdir()
    with workspace.transaction():  # nothing else is written while it is copied
        shutil.copy(workspace.folder / DATABASE_FILE, copied / DATABASE_FILE)
        wal = workspace.folder / f"{DATABASE_FILE}-wal"
        if wal.exists():
            shutil.copy(wal, copied / wal.name)
    undoing.undo(workspace, "ann")
    decide(workspace, "bob", "relabel", ids, label=B)
    factories.fill(workspace, [("A", "later")])
    then = Workspace.open(copied)
    expected = states(then)
    then.close()
    assert {one.id: one.state for one in listing.as_of(workspace, moment)} == expected
    assert states(workspace) != expected
    excluded = listing.as_of(workspace, moment, SampleQuery(statuses=(Status.EXCLUDED,)))
    assert [one.id for one in excluded] == ids[3:5]


def test_before_the_first_decision_the_imports_count(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    moment = datetime.now(UTC)
    imported = states(workspace)
    decide(workspace, "ann", "relabel", ids, label=C)
    assert {one.id: one.state for one in listing.as_of(workspace, moment)} == imported
    assert listing.as_of(workspace, datetime(2020, 1, 1, tzinfo=UTC)) == []


def test_everything_since_a_moment_is_undone_in_one_batch_newest_first(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    decide(workspace, "ann", "keep", ids[:1])
    before, moment = states(workspace), datetime.now(UTC)
    decide(workspace, "ann", "relabel", ids[:2], label=B)
    decide(workspace, "ann", "relabel", ids[:2], label=C)
    decide(workspace, "ann", "exclude", ids[1:3])
    result = undoing.undo_since(workspace, "ann", moment)
    assert (result.applied, result.refused) == (6, ())
    assert states(workspace) == before
    # It is one batch: one redo brings it all back.
    undoing.redo(workspace, "ann")
    assert [states(workspace)[one].status for one in ids[:3]] == [  # type: ignore[attr-defined]
        Status.RELABELLED,
        Status.EXCLUDED,
        Status.EXCLUDED,
    ]


def test_since_a_moment_only_ones_own_decisions_are_undone_unless_everybodys_are_meant(
    workspace: Workspace, ids: list[SampleId]
) -> None:
    before, moment = states(workspace), datetime.now(UTC)
    decide(workspace, "ann", "relabel", ids[:1], label=B)
    decide(workspace, "bob", "relabel", ids[1:2], label=A)
    decide(workspace, "bob", "exclude", ids[:1])
    result = undoing.undo_since(workspace, "ann", moment)
    # bob has changed that sample since: it stays as he left it, and ann is told.
    assert (result.applied, [one.why for one in result.refused]) == (
        0,
        ["bob has changed it since you looked"],
    )
    undoing.undo_since(workspace, "bob", moment, everybody=True)
    assert states(workspace) == before
    with pytest.raises(AppError, match="since then is left to undo"):
        undoing.undo_since(workspace, "ann", moment, everybody=True)


@pytest.mark.parametrize("name", ["ledger.csv", "ledger.xlsx"])
def test_a_ledger_travels_to_another_workspace_with_the_same_images(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path, name: str
) -> None:
    other = Workspace.open(tmp_path / "other")
    factories.fill(other, ROWS[:8])
    decide(workspace, "ann", "relabel", ids[:2], label=C, reason="wrong_class", note="seen twice")
    decide(workspace, "bob", "exclude", ids[2:3])
    undoing.undo(workspace, "bob")
    decide(workspace, "bob", "opinion", ids[3:4], label=B)
    decide(workspace, "bob", "keep", ids[8:9])
    decide(other, "eve", "keep", ids[1:2])
    file = tmp_path / name
    assert exchange.write(workspace, file) == 6
    would = exchange.bring(other, file, dry_run=True)
    assert len(pages.history(other)) == 1  # a dry run keeps nothing
    found = exchange.bring(other, file)
    assert found == would
    assert (found.applied, found.known) == (2, 0)
    assert [one.sample for one in found.refused] == [ids[1]]
    assert found.skipped == ("Line 7: picture-00009.png is not in this data set.",)
    with other.read() as session:
        first = samples.get(session, ids[0])
    assert (first.state.label, first.state.status) == (C, Status.RELABELLED)
    rows = pages.history(other)
    assert [(row.who, row.kind, row.applied) for row in rows] == [
        ("eve", "keep", True),
        ("ann", "relabel", True),
        ("ann", "relabel", False),
        ("bob", "opinion", True),
    ]
    assert (rows[1].reason, rows[1].note) == ("wrong_class", "seen twice")
    # Once more: everything is known, nothing happens.
    again = exchange.bring(other, file)
    assert (again.applied, again.known, again.refused) == (0, 3, ())
    assert len(pages.history(other)) == 4
    other.close()


@pytest.mark.parametrize("name", ["ledger.csv", "ledger.xlsx"])
def test_cells_that_a_spreadsheet_would_compute_are_made_harmless_and_read_back_as_they_were(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path, name: str
) -> None:
    notes = ["=1+1", "@SUM(A1)", "-2", "+3", "'quoted", "plain, with comma\nand line"]
    for sample, note in zip(ids, notes, strict=False):
        decide(workspace, "=ann", "keep", [sample], note=note)
    file = tmp_path / name
    exchange.write(workspace, file)
    cells = _cells(file)
    assert len(cells) > len(notes)
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "-", "+")]
    other = Workspace.open(tmp_path / "other")
    factories.fill(other, ROWS)
    exchange.bring(other, file)
    assert [row.note for row in pages.history(other)] == notes
    assert {row.who for row in pages.history(other)} == {"=ann"}
    other.close()


def _cells(file: Path) -> list[str]:
    """Return the cells of a file as a program of spreadsheets has them: a formula begins with =."""
    if file.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(file).worksheets[0]
        return [str(cell) for row in sheet.values for cell in row if cell is not None]
    return [cell for row in csv.reader(io.StringIO(file.read_text())) for cell in row]


def test_rows_of_a_spreadsheet_are_counted_as_the_spreadsheet_counts_them(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path
) -> None:
    decide(workspace, "ann", "keep", ids[:2], note="two\nlines")
    table = exchange.frame(workspace)
    blank = table.iloc[:1].map(lambda cell: "")
    odd = table.iloc[1:].assign(kind="bless")
    file = tmp_path / "edited.xlsx"
    pd.concat([table.iloc[:1], blank, odd]).to_excel(file, index=False)
    found = exchange.bring(workspace, file)
    assert found.known == 1
    assert [one.why for one in found.refused] == ["line 4: 'bless' is no kind of decision"]


def test_control_characters_of_a_note_do_not_keep_the_ledger_from_being_a_spreadsheet(
    workspace: Workspace, ids: list[SampleId], tmp_path: Path
) -> None:
    decide(workspace, "ann", "keep", ids[:1], note="bell\x07 and tab\t")
    file = tmp_path / "ledger.xlsx"
    assert exchange.write(workspace, file) == 1
    assert "bell and tab\t" in _cells(file)


def test_a_file_that_cannot_be_written_is_told(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("ledger.csv", "ledger.xlsx"):
        with pytest.raises(AppError, match="cannot be written"):
            exchange.write(workspace, tmp_path / "no folder" / name)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("file.csv", b"", "It has no column"),
        ("file.csv", b"a,b\n1,2\n", "It has no column"),
        ("file.csv", b"\xff\xfe\x00", "cannot be read as text"),
        ("file.xlsx", b"", "cannot be read as a spreadsheet"),
        ("file.xlsx", b"a,b\n1,2\n", "cannot be read as a spreadsheet"),
    ],
)
def test_what_is_no_ledger_is_refused_in_words(
    workspace: Workspace, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(AppError, match=why):
        exchange.bring(workspace, file)
    with pytest.raises(AppError, match=r"There is no file .*missing\.csv\."):
        exchange.bring(workspace, tmp_path / "missing.csv")
    with pytest.raises(AppError, match=r"It cannot be read \(Is a directory\)"):
        exchange.bring(workspace, tmp_path)
