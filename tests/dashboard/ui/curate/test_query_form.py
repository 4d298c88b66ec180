"""The query that the form around the grid sets, with answers that cross on their way."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import ClassId, PatientId, Queue, SampleId, SampleQuery, Sort, Split, Status
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.curate.facets import ALL, Facets
from dashboard.ui.curate.query_form import QueryForm, merged
from dashboard.ui.curate.toolbar import Toolbar
from dashboard.ui.shared.sample_grid.component import SampleGrid
from storage.workspace.folder import Workspace
from tests import factories

COWPOX, MEASLES = ClassId(1), ClassId(2)
FIELDS = st.fixed_dictionaries(
    {
        "labels": st.sampled_from([(), (COWPOX,), (COWPOX, None)]),
        "splits": st.sampled_from([(), (Split.TRAIN,)]),
        "statuses": st.sampled_from([(), (Status.KEPT,)]),
        "patient": st.sampled_from([None, PatientId(1)]),
        "text": st.sampled_from(["", "p1"]),
        "descending": st.booleans(),
    }
)
NOWHERE: Any = SimpleNamespace(query_params={})


@pytest.fixture
def form(ctx: AppContext, workspace: Workspace, blocks: gr.Blocks) -> QueryForm:
    factories.fill(workspace, [("Cowpox", "p1"), ("Measles", "p2")])
    return QueryForm(Facets(ctx), Toolbar(ctx))


class Person:
    """Presses the controls of a form; what the server writes to them comes when `arrive` says."""

    def __init__(self, workspace: Workspace, form: QueryForm) -> None:
        self.workspace = workspace
        self.form = form
        self.query = self.shown = SampleQuery()
        self.values: dict[str, Any] = {
            "queue": ALL, "label": [], "split": [], "status": [], "patient": ALL,
            "search": "", "sort": Sort.ADDED, "last first": False,
        }  # fmt: skip

    def press(self, name: str, value: Any) -> None:
        self.values[name] = value
        query, shown = self.form.asked(NOWHERE, self.query, self.shown, *self.values.values())
        if isinstance(query, SampleQuery):
            self.query, self.shown = query, shown

    def drawn(self, query: SampleQuery | None = None) -> list[Any]:
        """What the server answers to the query of now, or to one of before."""
        query = self.query if query is None else query
        return self.form.draw(query, self.shown, browsing.facets(self.workspace, query))

    def arrive(self, answer: list[Any]) -> None:
        shown, *controls = answer
        if isinstance(shown, SampleQuery):
            self.shown = shown
        for name, update in zip(self.values, controls, strict=False):
            self.values[name] = update.get("value", self.values[name])


@pytest.fixture
def person(workspace: Workspace, form: QueryForm) -> Person:
    return Person(workspace, form)


def test_a_filter_pressed_while_the_page_opens_is_kept_when_the_next_is_pressed(
    person: Person,
) -> None:
    opening = person.drawn()
    person.press("label", ["1"])
    person.arrive(opening)
    person.press("split", ["train"])
    assert person.query == SampleQuery(labels=(COWPOX,), splits=(Split.TRAIN,))


def test_a_filter_pressed_while_another_query_is_drawn_keeps_that_query(person: Person) -> None:
    person.query = SampleQuery(area=((1, 1), (9, 1), (9, 9)), labels=(MEASLES,))  # from the map
    late = person.drawn()
    person.press("split", ["train"])
    assert person.query == SampleQuery(
        area=((1, 1), (9, 1), (9, 9)), labels=(MEASLES,), splits=(Split.TRAIN,)
    )
    person.arrive(late)
    person.arrive(person.drawn())
    assert (person.values["label"], person.values["split"]) == (["2"], ["train"])


def test_what_is_typed_and_what_is_pressed_are_one_query(person: Person) -> None:
    person.values["search"] = "p1"  # its own event is on its way
    person.press("last first", True)
    assert person.query == SampleQuery(text="p1", descending=True)
    person.press("search", "p")
    assert (person.query.text, person.query.descending) == ("p", True)


def test_what_the_server_has_written_into_the_search_asks_for_nothing(
    person: Person, form: QueryForm
) -> None:
    person.query = SampleQuery(text="p1")
    person.arrive(person.drawn())
    values = person.values.values()
    assert form.asked(NOWHERE, person.query, person.shown, *values) == (gr.skip(), gr.skip())
    person.press("search", "")
    assert person.query == SampleQuery()


def test_the_controls_show_a_query_that_came_from_elsewhere(person: Person) -> None:
    person.press("search", "p1")
    person.press("label", ["1"])
    person.query = SampleQuery()
    person.arrive(person.drawn())
    assert (person.values["search"], person.values["label"]) == ("", [])
    assert person.shown == SampleQuery()


def test_a_scored_queue_opens_with_the_most_urgent_and_leaving_it_falls_back(
    person: Person,
) -> None:
    person.press("queue", Queue.LABEL)
    assert (person.query.queues, person.query.sort) == ((Queue.LABEL,), Sort.SCORE)
    person.press("label", ["1"])  # before the order has been drawn
    assert person.query.sort is Sort.SCORE
    person.arrive(person.drawn())
    person.press("label", [])
    person.press("queue", Queue.CONFLICT)
    assert person.query == SampleQuery(queues=(Queue.CONFLICT,))


def test_an_order_by_anything_else_forgets_what_is_similar() -> None:
    similar = SampleQuery(sort=Sort.SIMILARITY, similar_to=SampleId("abc"))
    assert merged(similar, similar, {"sort": Sort.FILE}) == SampleQuery(sort=Sort.FILE)
    assert merged(SampleQuery(), SampleQuery(), {"sort": Sort.SIMILARITY}).sort is Sort.SIMILARITY
    assert merged(similar, similar, {"descending": True}).similar_to == SampleId("abc")


@given(query=FIELDS, shown=FIELDS, fields=FIELDS)
def test_each_field_is_what_was_pressed_or_else_what_is_asked_for(
    query: dict[str, Any], shown: dict[str, Any], fields: dict[str, Any]
) -> None:
    asked = merged(replace(SampleQuery(), **query), replace(SampleQuery(), **shown), fields)
    for name, value in fields.items():
        assert getattr(asked, name) == (query[name] if value == shown[name] else value)


def test_until_the_grid_has_read_its_address_a_choice_is_added_to_what_the_address_names(
    ctx: AppContext, form: QueryForm
) -> None:
    grid = SampleGrid(ctx, elem_id="grid")
    address: Any = SimpleNamespace(query_params={"class": "1"})
    values = [ALL, [], ["train"], [], ALL, "", Sort.ADDED, False]
    for payload, labels in ((None, (COWPOX,)), (grid.postprocess(SampleQuery()), ())):
        query, _ = form.asked(address, grid.preprocess(payload), SampleQuery(), *values)
        assert query == SampleQuery(labels=labels, splits=(Split.TRAIN,))


def test_what_is_shown_travels_with_the_controls(form: QueryForm) -> None:
    query = SampleQuery(
        labels=(None, COWPOX),
        area=((1, 1), (9, 1), (9, 9)),
        sort=Sort.SIMILARITY,
        similar_to=SampleId("abc"),
    )
    assert form.shown.preprocess(form.shown.postprocess(query)) == query
    assert form.shown.preprocess(None) == SampleQuery()
    assert form.shown.get_block_name() == "textbox"
