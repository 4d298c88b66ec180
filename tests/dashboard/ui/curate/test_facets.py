"""Filters beside the grid: what they count, and the query that a choice makes."""

import gradio as gr
import pytest

from core.types import ClassId, PatientId, Queue, SampleQuery, Sort, Split, Status
from dashboard.runtime.context import AppContext
from dashboard.ui.curate import facets
from dashboard.ui.curate.facets import ALL, NONE, Facets, numbered
from storage.workspace.folder import Workspace
from tests import factories

ROWS = [("Cowpox", "p1"), ("Cowpox", "p1"), ("Measles", "p2"), (None, "p3")]


@pytest.fixture
def filters(ctx: AppContext, workspace: Workspace, blocks: gr.Blocks) -> Facets:
    factories.fill(workspace, ROWS)
    return Facets(ctx)


def test_every_choice_says_how_many_photographs_it_would_show(filters: Facets) -> None:
    (queue, label, split, status, patient), total = filters.counts(SampleQuery())
    assert total == len(ROWS)
    assert label["choices"] == [
        (numbered("CO Cowpox", 2), "1"),
        (numbered("ME Measles", 1), "2"),
        (numbered("No label", 1), NONE),
    ]
    assert dict(map(reversed, status["choices"]))["new"] == numbered("Not looked at", 4)
    assert split["choices"] == [(numbered("No split yet", 4), NONE)]
    assert queue["choices"][0] == ("All photographs", ALL)
    assert ("p1 · 2", "1") in patient["choices"]


def test_what_is_chosen_is_counted_for_the_others_and_shown_as_chosen(filters: Facets) -> None:
    query = SampleQuery(labels=(ClassId(1),), patient=PatientId(2))
    (_, label, _, status, patient), total = filters.counts(query)
    assert total == 0
    assert (label["value"], patient["value"]) == (["1"], "2")
    assert dict(map(reversed, status["choices"]))["new"] == numbered("Not looked at", 0)


def test_a_patient_who_is_not_among_the_listed_is_listed_when_chosen(filters: Facets) -> None:
    query = SampleQuery(labels=(ClassId(1),), patient=PatientId(3))
    (*_, patient), _ = filters.counts(query)
    assert ("p3 · 0", "3") in patient["choices"]


def test_a_choice_changes_its_filter_and_leaves_the_rest(filters: Facets) -> None:
    before = SampleQuery(text="p1", area=((1, 1), (9, 1), (9, 9)), sort=Sort.FILE)
    query = filters.chosen(before, ALL, ["2", NONE], [Split.TEST], [Status.KEPT], "1")
    assert query == SampleQuery(
        text="p1",
        area=((1, 1), (9, 1), (9, 9)),
        sort=Sort.FILE,
        labels=(ClassId(2), None),
        splits=(Split.TEST,),
        statuses=(Status.KEPT,),
        patient=PatientId(1),
    )


def test_a_scored_queue_opens_with_the_most_urgent_and_leaving_it_falls_back(
    filters: Facets,
) -> None:
    urgent = filters.chosen(SampleQuery(), Queue.LABEL, [], [], [], ALL)
    assert (urgent.queues, urgent.sort) == ((Queue.LABEL,), Sort.SCORE)
    assert filters.chosen(urgent, ALL, [], [], [], ALL) == SampleQuery()
    plain = filters.chosen(urgent, Queue.CONFLICT, [], [], [], ALL)
    assert plain.sort is Sort.ADDED


def test_a_long_name_leaves_room_for_its_number() -> None:
    choice = numbered("x" * 80, 20_000)
    name, number = choice.split(" ")
    assert (len(name), number) == (facets.LONGEST_NAME, "20,000")
