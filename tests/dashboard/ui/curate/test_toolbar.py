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
    text, order, last_first, filtered, chips = tools.draw(EVERYTHING, SampleQuery())
    assert (text["value"], last_first["value"], filtered["visible"]) == ("a,b=c", True, True)
    assert order["value"] in dict(map(reversed, order["choices"]))
    assert {value: name for name, value in chips["choices"]} == CHIPS
    assert chips["value"] == list(CHIPS)


def test_a_query_without_filters_has_no_chips(tools: Toolbar) -> None:
    *_, filtered, _ = tools.draw(SampleQuery(sort=Sort.FILE, descending=True), SampleQuery())
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
    gone: str, change: dict[str, object]
) -> None:
    left = [chip for chip in CHIPS if chip != gone]
    expected = replace(EVERYTHING, **change)  # type: ignore[arg-type]
    if gone.startswith("like"):
        expected = replace(expected, descending=False)  # as a scored queue opens
    assert toolbar.left(EVERYTHING, left) == expected


def test_the_best_next_are_the_most_urgent_of_their_queue() -> None:
    query = SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE)
    assert toolbar.best_next() == query


def test_what_is_being_typed_stays_while_its_query_is_on_its_way(tools: Toolbar) -> None:
    query = SampleQuery(text="before", sort=Sort.FILE)
    text, order, *_ = tools.draw(query, SampleQuery(text="before"))
    assert "value" not in text
    assert order["value"] == Sort.FILE
    assert tools.read(" p00 ", "file", True) == {
        "text": "p00",
        "sort": Sort.FILE,
        "descending": True,
    }
