"""The map: what a lasso and a click on it ask the grid for."""

from typing import cast

import gradio as gr

from core.types import ClassId, SampleId, SampleQuery, Sort
from dashboard.runtime.context import AppContext
from dashboard.ui.curate.map import Map

SHOWN = SampleQuery(labels=(ClassId(2),), area=((5, 5), (9, 5), (9, 9)))


def asked(value: list[str], area: list[list[float]]) -> SampleQuery:
    with gr.Blocks():
        drawn = object.__new__(Map)
    drawn._ctx = cast(AppContext, None)
    sent = {"index": [0], "value": value, "area": area, "selected": bool(value or area)}
    return drawn.chosen(SHOWN, gr.SelectData(None, sent))


def test_a_lasso_shows_what_is_within_it_among_what_is_filtered() -> None:
    corners = [[-4.0, 10.4], [1200.0, 10.0], [600.0, 700.6]]
    assert asked([], corners) == SampleQuery(
        labels=(ClassId(2),), area=((0, 10), (999, 10), (600, 701))
    )


def test_a_click_shows_what_is_similar_in_the_whole_set() -> None:
    assert asked(["s7"], []) == SampleQuery(similar_to=SampleId("s7"), sort=Sort.SIMILARITY)


def test_a_double_click_takes_the_lasso_back_and_keeps_the_filter() -> None:
    assert asked([], []) == SampleQuery(labels=(ClassId(2),))
