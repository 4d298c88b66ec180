"""A ledger brought into a copy, into another workspace, and with rows that are bad."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import AppError
from core.types import ClassId, DecisionKind, SampleId, SampleQuery, SampleState, Status
from dashboard.services.curation import classes, curation, listing, undoing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import exchange, pages
from dashboard.services.ledger.exchange import Brought
from storage.workspace.folder import Workspace
from tests import factories

A, B, C = ClassId(1), ClassId(2), ClassId(3)
ROWS = [("ABC"[n % 3], f"p{n}") for n in range(6)]
"""Sample 0 is an A of p0, sample 1 a B of p1, sample 2 a C of p2, sample 3 an A of p3, ..."""

Opened = Callable[[str], Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Open workspaces by name; they are closed at the end."""
    held: dict[str, Workspace] = {}

    def open_it(name: str) -> Workspace:
        if name not in held:
            held[name] = Workspace.open(tmp_path / name)
        return held[name]

    yield open_it
    for one in held.values():
        one.close()


@pytest.fixture
def copies(tmp_path: Path, opened: Opened) -> tuple[Workspace, Workspace]:
    """Two copies of a workspace in which eve has kept the last sample."""
    first = Workspace.open(tmp_path / "first")
    decide(first, "eve", "keep", factories.fill(first, ROWS)[5])
    first.close()
    for name in ("one", "two"):
        shutil.copytree(tmp_path / "first", tmp_path / name)
    return opened("one"), opened("two")


@pytest.fixture
def apart(opened: Opened) -> tuple[Workspace, Workspace]:
    """Two workspaces that have nothing in common but their pictures."""
    for name in ("one", "two"):
        factories.fill(opened(name), ROWS)
    return opened("one"), opened("two")


IDS = [factories.sample_id(number) for number in range(1, len(ROWS) + 1)]


def decide(workspace: Workspace, who: str, kind: str, sample: SampleId, **more: object) -> None:
    order = Order(kind=DecisionKind(kind), who=who, **more)  # type: ignore[arg-type]
    curation.decide(workspace, order, [Choice(sample=sample)])


def states(workspace: Workspace) -> dict[SampleId, SampleState]:
    return {one.id: one.state for one in listing.matching(workspace, SampleQuery())}


def decided(workspace: Workspace) -> list[tuple[str, str, SampleId, bool]]:
    return [(row.who, row.kind.value, row.sample, row.applied) for row in pages.history(workspace)]


def bring(source: Workspace, into: Workspace) -> Brought:
    file = into.folder.parent / "ledger.csv"
    exchange.write(source, file)
    return exchange.bring(into, file)


def bring_edited(
    source: Workspace, into: Workspace, edit: Callable[[list[dict[str, str]]], None]
) -> Brought:
    """Bring a ledger after `edit` has changed its rows."""
    rows = exchange.frame(source).to_dict("records")
    edit(rows)
    file = into.folder.parent / "edited.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, exchange.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return exchange.bring(into, file)


def test_a_ledger_is_brought_back_into_a_restored_copy(
    copies: tuple[Workspace, Workspace],
) -> None:
    one, two = copies
    decide(one, "ann", "relabel", IDS[0], label=C)
    decide(one, "ann", "exclude", IDS[1])
    found = bring(one, two)
    # The row of eve was there when the copy was made.
    assert (found.applied, found.refused, found.known) == (2, (), 1)
    assert states(two) == states(one)
    again = bring(one, two)
    assert (again.applied, again.refused, again.known) == (0, (), 3)
    assert bring(one, one).known == 3


def test_rows_of_one_number_in_two_copies_are_told_apart(
    copies: tuple[Workspace, Workspace],
) -> None:
    one, two = copies
    decide(one, "ann", "relabel", IDS[0], label=C)
    decide(two, "bob", "exclude", IDS[1])
    found = bring(one, two)
    assert (found.applied, found.known) == (1, 1)
    assert decided(two)[1:] == [
        ("bob", "exclude", IDS[1], True),
        ("ann", "relabel", IDS[0], True),
    ]


def test_a_third_workspace_takes_over_the_ledgers_of_two_copies(
    copies: tuple[Workspace, Workspace], opened: Opened
) -> None:
    one, two = copies
    third = opened("third")
    factories.fill(third, ROWS)
    decide(one, "ann", "opinion", IDS[0], label=C)
    decide(two, "ann", "opinion", IDS[1], label=C)
    assert [bring(one, third).applied, bring(two, third).applied] == [2, 1]
    assert [bring(one, third).known, bring(two, third).known] == [2, 2]
    assert len(decided(third)) == 3


def test_an_own_row_is_known_after_its_class_was_renamed(
    copies: tuple[Workspace, Workspace],
) -> None:
    one, _two = copies
    decide(one, "ann", "relabel", IDS[0], label=C)
    file = one.folder.parent / "before.csv"
    exchange.write(one, file)
    classes.rename(one, C, "Measles")
    found = exchange.bring(one, file)
    assert (found.applied, found.refused, found.skipped, found.known) == (0, (), (), 2)


def test_an_own_row_that_somebody_has_edited_is_not_known(
    copies: tuple[Workspace, Workspace],
) -> None:
    one, _two = copies
    found = bring_edited(one, one, lambda rows: rows[0].update(who="mallory", kind="exclude"))
    assert (found.applied, found.known) == (0, 0)
    assert [refused.why for refused in found.refused] == [
        "line 2: it is kept here, and was new where this was decided"
    ]


def test_a_patient_who_is_new_here_keeps_no_later_decision_from_being_taken_over(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "set_patient", IDS[0], patient="somebody new")
    decide(one, "ann", "relabel", IDS[0], label=B)
    decide(one, "ann", "set_patient", IDS[0], patient="and newer")
    decide(one, "ann", "exclude", IDS[0])
    found = bring(one, two)
    assert (found.applied, found.refused) == (4, ())
    state = states(two)[IDS[0]]
    assert (state.label, state.status) == (B, Status.EXCLUDED)
    assert listing.patient_names(two)[state.patient] == "and newer"  # type: ignore[index]


def test_a_row_that_a_file_holds_three_times_is_taken_over_once(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "opinion", IDS[0], label=B)
    found = bring_edited(one, two, lambda rows: rows.extend([rows[0], rows[0]]))
    assert (found.applied, found.known) == (1, 2)
    assert decided(two) == [("ann", "opinion", IDS[0], True)]


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"after_label": ""}, "it relabels and names no class ('after_label' is empty)"),
        (
            {"kind": "opinion", "opinion": ""},
            "it is an opinion and names no class ('opinion' is empty)",
        ),
        ({"stands": "perhaps"}, "'stands' is 'perhaps', neither yes nor no"),
        ({"stands": ""}, "'stands' is '', neither yes nor no"),
        ({"number": ""}, "'number' is empty"),
        ({"sample": ""}, "'sample' is empty"),
        ({"when": "last week"}, "'last week' is no moment"),
        ({"kind": "bless"}, "'bless' is no kind of decision"),
        ({"before_status": "odd"}, "'odd' is no status"),
        ({"note": "n" * 200_000}, "its cells cannot be told apart"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_taken_over(
    apart: tuple[Workspace, Workspace], edit: dict[str, str], why: str
) -> None:
    one, two = apart
    for sample in IDS[0], IDS[3], IDS[2]:
        decide(one, "ann", "relabel", sample, label=B)
    found = bring_edited(one, two, lambda rows: rows[1].update(edit))
    assert (found.applied, found.known, found.skipped) == (2, 0, ())
    assert [refused.why for refused in found.refused] == [f"line 3: {why}"]
    assert [row[2] for row in decided(two)] == [IDS[0], IDS[2]]


def test_a_line_that_was_cut_off_is_refused_and_blank_ones_are_passed_over(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "keep", IDS[0], note="two\nlines")
    decide(one, "ann", "keep", IDS[1])
    file = two.folder.parent / "cut.csv"
    exchange.write(one, file)
    text = file.read_text(encoding="utf-8")
    blank = "," * (len(exchange.COLUMNS) - 1)
    cut = ",".join(text.splitlines()[-1].split(",")[:3])
    file.write_text(f"{text}\n{blank}\n{cut}\n", encoding="utf-8")
    found = exchange.bring(two, file)
    assert (found.applied, found.skipped) == (2, ())
    # Line 1 is the heading; the first row has two lines, the second one; 5 and 6 are blank.
    assert [refused.why for refused in found.refused] == [
        "line 7: it has 3 cells, and the heading has 22"
    ]


def test_a_refusal_says_how_the_sample_differs_and_blames_nobody(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "exclude", IDS[0])

    def edit(rows: list[dict[str, str]]) -> None:
        for label, status, patient in (("B", "new", "p0"), ("", "kept", "p0"), ("A", "new", "p1")):
            new = {"before_label": label, "before_status": status, "before_patient": patient}
            rows.append(rows[0] | new | {"number": str(len(rows) + 1)})
        rows.pop(0)

    found = bring_edited(one, two, edit)
    assert found.applied == 0
    assert [refused.why for refused in found.refused] == [
        "line 2: it is labelled A here, and was labelled B where this was decided",
        "line 3: it is labelled A and new here, and was unlabelled and kept where this was decided",
        "line 4: it is of patient p0 here, and was of patient p1 where this was decided",
    ]


def test_what_a_decision_itself_forbids_is_refused_with_its_reason(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "exclude", IDS[0])
    found = bring_edited(one, two, lambda rows: rows[0].update(kind="restore"))
    assert [refused.why for refused in found.refused] == ["line 2: it is not excluded"]


def test_a_merge_of_classes_travels_and_leaves_excluded_what_is(
    apart: tuple[Workspace, Workspace],
) -> None:
    one, two = apart
    decide(one, "ann", "exclude", IDS[0])
    classes.merge(one, A, B, "ann")
    found = bring(one, two)
    # The exclusion and two of A, samples 0 and 3.
    assert (found.applied, found.refused) == (3, ())
    assert states(two) == states(one)
    assert states(two)[IDS[0]].status is Status.EXCLUDED


def test_what_has_been_undone_is_not_taken_over(apart: tuple[Workspace, Workspace]) -> None:
    one, two = apart
    decide(one, "ann", "exclude", IDS[0])
    undoing.undo(one, "ann")
    found = bring(one, two)
    assert (found.applied, found.refused, found.known, found.skipped) == (0, (), 0, ())


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path, opened: Opened) -> None:
    with pytest.raises(AppError, match=r"There is no file .*ledger\.csv\.") as caught:
        exchange.bring(opened("one"), tmp_path / "ledger.csv")
    assert caught.value.title == "No such file"
