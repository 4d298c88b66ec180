"""Filters beside the grid: what they count, and what of a query their choices are."""

from typing import Any

import gradio as gr
import pytest

from core.types import ClassId, PatientId, SampleQuery, Split, Status
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.curate import facets
from dashboard.ui.curate.facets import ALL, NONE, Facets, numbered
from storage.workspace.folder import Workspace
from tests import factories

ROWS = [("Cowpox", "p1"), ("Cowpox", "p1"), ("Measles", "p2"), (None, "p3")]


@pytest.fixture
def filters(ctx: AppContext, workspace: Workspace, blocks: gr.Blocks) -> Facets:
    factories.fill(workspace, ROWS)
    return Facets(ctx)


def drawn(workspace: Workspace, filters: Facets, query: SampleQuery) -> list[Any]:
    """The filters of a query where those of no query have been shown."""
    return filters.draw(query, SampleQuery(), browsing.facets(workspace, query))


def test_every_choice_says_how_many_photographs_it_would_show(
    workspace: Workspace, filters: Facets
) -> None:
    queue, label, split, status, patient = drawn(workspace, filters, SampleQuery())
    assert label["choices"] == [
        (numbered("CO Cowpox", 2), "1"),
        (numbered("ME Measles", 1), "2"),
        (numbered("No label", 1), NONE),
    ]
    assert dict(map(reversed, status["choices"]))["new"] == numbered("Not looked at", 4)
    assert split["choices"] == [(numbered("No split yet", 4), NONE)]
    assert queue["choices"][0] == ("All photographs", ALL)
    assert ("p1 · 2", "1") in patient["choices"]


def test_what_is_chosen_is_counted_for_the_others_and_shown_as_chosen(
    workspace: Workspace, filters: Facets
) -> None:
    query = SampleQuery(labels=(ClassId(1),), patient=PatientId(2))
    _, label, _, status, patient = drawn(workspace, filters, query)
    assert (label["value"], patient["value"]) == (["1"], "2")
    assert dict(map(reversed, status["choices"]))["new"] == numbered("Not looked at", 0)


def test_a_patient_who_is_not_among_the_listed_is_listed_when_chosen(
    workspace: Workspace, filters: Facets
) -> None:
    query = SampleQuery(labels=(ClassId(1),), patient=PatientId(3))
    *_, patient = drawn(workspace, filters, query)
    assert ("p3 · 0", "3") in patient["choices"]


def test_what_is_chosen_has_a_choice_though_nothing_is_left_of_it(
    workspace: Workspace, filters: Facets
) -> None:
    gone = SampleQuery(text="p1", labels=(None,), splits=(Split.WITHHELD,), statuses=(Status.KEPT,))
    parts = drawn(workspace, filters, gone)[1:4]
    for part, chosen in zip(parts, ("none", "withheld", "kept"), strict=True):
        assert part["value"] == [chosen]
        assert chosen in dict(map(reversed, part["choices"]))


@pytest.mark.parametrize("text", ["", "p1", "no such file"])
def test_gradio_takes_what_every_filter_shows(
    workspace: Workspace, filters: Facets, text: str
) -> None:
    parts = drawn(workspace, filters, SampleQuery(text=text))
    for part, update in zip(filters.components, parts, strict=True):
        assert part.preprocess(part.value) in (part.value, [])  # before it has been drawn
        part.choices = update["choices"]
        assert part.preprocess(part.value) in (part.value, [])


def test_a_filter_that_shows_its_choice_already_is_not_written(
    workspace: Workspace, filters: Facets
) -> None:
    shown = SampleQuery(labels=(ClassId(1),), splits=(Split.TEST,))
    query = SampleQuery(labels=(ClassId(1),), patient=PatientId(2))
    parts = filters.draw(query, shown, browsing.facets(workspace, query))
    assert [part.get("value", "as it is") for part in parts] == [
        "as it is", "as it is", [], "as it is", "2"
    ]  # fmt: skip


def test_what_is_chosen_is_read_as_fields_of_a_query(filters: Facets) -> None:
    assert filters.read(ALL, ["2", NONE], [Split.TEST], [Status.KEPT], "1") == {
        "queues": (),
        "labels": (ClassId(2), None),
        "splits": (Split.TEST,),
        "statuses": (Status.KEPT,),
        "patient": PatientId(1),
    }


def test_a_long_name_leaves_room_for_its_number() -> None:
    choice = numbered("x" * 80, 20_000)
    name, number = choice.split(" ")
    assert (len(name), number) == (facets.LONGEST_NAME, "20,000")
