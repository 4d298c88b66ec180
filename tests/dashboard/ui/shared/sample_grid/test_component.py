from typing import Any

import gradio as gr
import pytest

from core.errors import AppError
from core.types import ClassId, SampleId, SampleQuery, Sort, Status
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.ledger import pages
from dashboard.ui.shared.sample_grid import grid_page
from dashboard.ui.shared.sample_grid.component import DecidedData, SampleGrid
from storage.workspace.folder import Workspace
from tests import factories

ROWS = [("Cowpox", "P1"), ("Cowpox", "P1"), ("Measles", "P2"), (None, None)]


@pytest.fixture
def ids(workspace: Workspace) -> list[SampleId]:
    return factories.fill(workspace, ROWS)


@pytest.fixture
def classes(ctx: AppContext, ids: list[SampleId]) -> dict[str, ClassId]:
    return {info.name: info.id for info in ctx.classes()}


@pytest.fixture
def grid(ctx: AppContext, ids: list[SampleId], blocks: gr.Blocks) -> SampleGrid:
    return SampleGrid(ctx, elem_id="grid", detail=True)


def page(grid: SampleGrid, **request: Any) -> dict[str, Any]:
    answer: Any = grid.get_page(request)  # type: ignore[arg-type]
    return dict(answer)


def decide(grid: SampleGrid, **request: Any) -> dict[str, Any]:
    answer: Any = grid.decide(request)  # type: ignore[arg-type]
    return dict(answer)


def choice(grid: SampleGrid, place: int = 0) -> dict[str, Any]:
    """What the browser sends of the card at a place."""
    card = page(grid, query={})["cards"][place]
    return {"id": card["id"], "state": card["state"]}


def states(ctx: AppContext, ids: list[SampleId]) -> list[tuple[ClassId | None, Status]]:
    samples = browsing.cards(ctx.workspace, ids)
    return [(sample.state.label, sample.state.status) for sample in samples]


def test_a_page_holds_the_cards_of_a_query_and_its_address(
    grid: SampleGrid, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    shown = page(grid, query={"labels": [classes["Cowpox"]], "sort": "file", "descending": True})
    assert [card["id"] for card in shown["cards"]] == [ids[1], ids[0]]
    assert (shown["total"], shown["offset"], shown["size"]) == (2, 0, grid_page.SIZE)
    assert shown["address"] == {"class": str(classes["Cowpox"]), "sort": "file", "desc": "1"}
    again = page(grid, address=shown["address"])
    assert (again["query"], again["cards"]) == (shown["query"], shown["cards"])


def test_past_the_end_the_last_page_is_shown(grid: SampleGrid, ids: list[SampleId]) -> None:
    shown = page(grid, query={}, offset=480)
    assert (len(shown["cards"]), shown["offset"]) == (len(ids), 0)


def test_the_page_after_a_shown_one_skips_what_still_answers_the_query(
    grid: SampleGrid, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    decide(grid, kind="exclude", choices=[choice(grid)])
    shown = page(grid, query={"statuses": ["new"]}, leaving=ids[:2])
    assert [card["id"] for card in shown["cards"]] == ids[2:]


@pytest.mark.parametrize(
    "request_",
    [
        {"query": {"labels": ["Cowpox"]}},
        {"query": {"text": "x" * 201}},
        {"query": {"among": ["a"]}},
        {"query": {"sort": "similarity"}},
        {"query": {}, "offset": -1},
        {"query": {}, "limit": 10_000},
        "page 2",
        None,
    ],
)
def test_what_no_page_can_have_sent_is_refused_in_words(grid: SampleGrid, request_: Any) -> None:
    answer: Any = grid.get_page(request_)
    assert answer["error"]["title"] == "Not understood"


def test_a_decision_is_committed_before_it_is_answered(
    grid: SampleGrid, ctx: AppContext, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    done = decide(
        grid,
        kind="relabel",
        label=classes["Measles"],
        who=" Ada ",
        note="left arm",
        choices=[choice(grid)],
        shown={"queues": ["conflict"]},
    )
    assert (done["applied"], done["refused"]) == (1, [])
    assert done["cards"][0]["state"]["label"] == classes["Measles"]
    assert states(ctx, ids[:1]) == [(classes["Measles"], Status.RELABELLED)]
    # The other photograph of the patient still has the old label.
    assert [card["id"] for card in done["siblings"]] == [ids[1]]
    (row,) = pages.history(ctx.workspace, pages.HistoryQuery())
    assert (row.who, row.note, row.number) == ("Ada", "left arm", done["ledger"])
    assert row.suggested_by is not None
    assert row.suggested_by.queue == "conflict"


def test_a_decision_on_what_has_moved_on_is_refused_and_says_who(
    grid: SampleGrid, ctx: AppContext, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    seen = choice(grid)
    decide(grid, kind="keep", who="ann", choices=[seen])
    done = decide(grid, kind="exclude", who="bob", choices=[seen])
    assert done["applied"] == 0
    assert done["refused"] == [{"sample": ids[0], "why": "ann has changed it since you looked"}]
    assert states(ctx, ids[:1]) == [(classes["Cowpox"], Status.KEPT)]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "undo"},
        {"kind": "promote"},
        {"kind": "hide"},
        {"choices": [{"id": "a", "state": {"label": 1}}]},
        {"matching": {"query": {}, "count": 4, "ledger": 0}},
        {"note": "x" * 501},
    ],
)
def test_nothing_changes_where_a_decision_is_not_understood(
    grid: SampleGrid, ctx: AppContext, ids: list[SampleId], change: dict[str, Any]
) -> None:
    before = states(ctx, ids)
    answer = decide(grid, **{"kind": "keep", "choices": [choice(grid)], **change})
    assert answer["error"]["title"] == "Not understood"
    assert states(ctx, ids) == before


def test_everything_that_matches_is_decided_if_it_is_as_many_as_confirmed(
    grid: SampleGrid, ctx: AppContext, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    query = {"labels": [classes["Cowpox"]]}
    fewer = decide(grid, kind="keep", matching={"query": query, "count": 1, "ledger": 0})
    assert fewer["error"]["title"] == "The selection has changed"
    done = decide(
        grid, kind="keep", matching={"query": query, "count": 2, "ledger": 0}, ids=ids[1:3]
    )
    assert done["applied"] == 2
    assert [card["state"]["status"] for card in done["cards"]] == ["kept", "new"]


def test_undo_and_redo_are_answers_like_a_decision(
    grid: SampleGrid, ctx: AppContext, ids: list[SampleId], classes: dict[str, ClassId]
) -> None:
    decide(grid, kind="exclude", who="ann", choices=[choice(grid, 0), choice(grid, 2)])
    undone: Any = grid.take_back({"who": "ann", "ids": ids})  # type: ignore[arg-type]
    assert (undone["applied"], len(undone["cards"])) == (2, 4)
    assert {status for _, status in states(ctx, ids)} == {Status.NEW}
    done: Any = grid.take_back({"who": "ann", "redo": True, "ids": ids[:1]})  # type: ignore[arg-type]
    assert done["cards"][0]["state"]["status"] == "excluded"
    other: Any = grid.take_back({"who": "bob"})  # type: ignore[arg-type]
    assert other["error"]["title"] == "Nothing to undo"


def test_a_detail_knows_siblings_and_what_was_decided(
    grid: SampleGrid, ids: list[SampleId]
) -> None:
    decide(grid, kind="keep", who="ann", choices=[choice(grid)])
    detail: Any = grid.get_detail({"id": ids[0]})  # type: ignore[arg-type]
    assert [card["id"] for card in detail["siblings"]] == [ids[1]]
    (row,) = detail["history"]
    assert (row["kind"], row["who"], row["undoable"], row["after"]["patient"]) == (
        "keep",
        "ann",
        True,
        "P1",
    )


def test_all_that_match_are_counted_and_those_in_the_test_set(
    grid: SampleGrid, classes: dict[str, ClassId]
) -> None:
    query = {"labels": [classes["Cowpox"]]}
    assert grid.get_count({"query": query}) == {"total": 2, "test": 0}  # type: ignore[arg-type]


def test_its_value_is_a_query_that_travels_with_its_first_page(
    grid: SampleGrid, classes: dict[str, ClassId]
) -> None:
    query = SampleQuery(labels=(classes["Measles"], None), sort=Sort.FILE)
    sent = grid.postprocess(query)
    assert sent is not None
    assert [card["state"]["label"] for card in sent["page"]["cards"]] == [classes["Measles"], None]
    assert grid.preprocess(sent) == query
    assert grid.preprocess({"query": sent["query"], "page": None}) == query
    assert grid.preprocess(None) == SampleQuery()
    with pytest.raises(AppError):
        grid.preprocess({"query": {"sort": "colour"}})


def test_a_handler_of_decided_is_given_numbers(grid: SampleGrid) -> None:
    event = DecidedData(grid, {"kind": "keep", "applied": 2, "refused": 0, "revision": 7})
    assert (event.decided.applied, event.decided.revision) == (2, 7)
    with pytest.raises(AppError):
        DecidedData(grid, {"kind": "keep"})


def test_gradio_can_make_it_again_for_an_update(grid: SampleGrid) -> None:
    again = SampleGrid(**{**grid.constructor_args, "revision": 9, "render": False})
    assert again.get_config()["props"] == {"revision": 9}
    assert again.js_on_load == grid.js_on_load
