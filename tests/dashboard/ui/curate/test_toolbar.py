"""Tools above the grid: chips of what is filtered, orders, and the next ones to review."""

from dataclasses import replace

import gradio as gr
import pytest

from core.types import (
    Cell,
    ClassId,
    PatientId,
    Queue,
    RunId,
    SampleId,
    SampleQuery,
    Sort,
    Split,
    Status,
)
from dashboard.runtime.context import AppContext
from dashboard.ui.curate import toolbar
from dashboard.ui.curate.toolbar import Toolbar
from storage.workspace.folder import Workspace
from tests import factories

EVERYTHING = SampleQuery(
    labels=(ClassId(1), None),
    splits=(Split.TRAIN,),
    statuses=(Status.KEPT,),
    queues=(Queue.LABEL,),
    patient=PatientId(1),
    text="a,b=c",
    cell=Cell(run=RunId("r"), split="validation", true=ClassId(1), predicted=ClassId(2)),
    area=((1, 1), (9, 1), (9, 9)),
    sort=Sort.SIMILARITY,
    descending=True,
    similar_to=SampleId("abc"),
)
CHIPS = {
    "class=1": "Cowpox",
    "class=none": "No label",
    "split=train": "Train",
    "status=kept": "Kept",
    "queue=label": "Label doubtful",
    "patient=1": "Patient p1",
    "q=a,b=c": "“a,b=c”",
    "cell=r:validation:1:2": "One confusion cell",
    "area=1,1,9,1,9,9": "A part of the map",
    "like=abc": "Most similar first",
}


@pytest.fixture
def tools(ctx: AppContext, workspace: Workspace, blocks: gr.Blocks) -> Toolbar:
    factories.fill(workspace, [("Cowpox", "p1")])
    return Toolbar(ctx)


def test_every_filter_has_a_chip_in_words(tools: Toolbar) -> None:
    _, last_first, filtered, chips = tools.draw(EVERYTHING)
    assert (last_first, filtered["visible"]) == (True, True)
    assert {value: name for name, value in chips["choices"]} == CHIPS
    assert chips["value"] == list(CHIPS)


def test_a_query_without_filters_has_no_chips(tools: Toolbar) -> None:
    _, _, filtered, _ = tools.draw(SampleQuery(sort=Sort.FILE, descending=True))
    assert filtered["visible"] is False


@pytest.mark.parametrize(
    ("gone", "change"),
    [
        ("class=1", {"labels": (None,)}),
        ("split=train", {"splits": ()}),
        ("queue=label", {"queues": ()}),
        ("patient=1", {"patient": None}),
        ("q=a,b=c", {"text": ""}),
        ("cell=r:validation:1:2", {"cell": None}),
        ("area=1,1,9,1,9,9", {"area": ()}),
        ("like=abc", {"similar_to": None, "sort": Sort.SCORE}),
    ],
)
def test_a_chip_that_is_unticked_takes_its_filter_away(
    tools: Toolbar, gone: str, change: dict[str, object]
) -> None:
    left = [chip for chip in CHIPS if chip != gone]
    expected = replace(EVERYTHING, **change)  # type: ignore[arg-type]
    if gone.startswith("like"):
        expected = replace(expected, descending=False)  # as a scored queue opens
    assert tools.without(EVERYTHING, left) == toolbar.asking(expected)


def test_an_order_by_anything_else_forgets_what_is_similar(tools: Toolbar) -> None:
    query = tools.ordered(EVERYTHING, "file", False)
    assert (query.sort, query.similar_to, query.descending) == (Sort.FILE, None, False)
    assert tools.ordered(EVERYTHING, "similarity", True).similar_to == SampleId("abc")


def test_the_best_next_are_the_most_urgent_of_their_queue() -> None:
    query = SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE)
    assert toolbar.best_next() == (query, "", "")


def test_what_is_being_typed_is_not_cleared_by_a_query_that_came_before_it(
    tools: Toolbar,
) -> None:
    loaded, back = SampleQuery(), SampleQuery(text="before")
    assert tools.text_of(loaded, "p00", "") == (gr.skip(), "")
    assert tools.text_of(back, "p001 ", "p001") == ("before", "before")
    assert tools.text_of(back, "before", "") == (gr.skip(), "before")
