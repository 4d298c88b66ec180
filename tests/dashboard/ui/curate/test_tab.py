"""The filters' numbers while the page opens, and when something has changed since."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from core.types import ClassId, SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.ui.curate.facets import Facets
from dashboard.ui.curate.query_form import QueryForm
from dashboard.ui.curate.queues import Queues
from dashboard.ui.curate.tab import Curate
from dashboard.ui.curate.toolbar import Toolbar
from dashboard.ui.shared.sample_grid.component import SampleGrid
from storage.workspace.folder import Workspace
from tests import factories


@pytest.fixture
def curate(ctx: AppContext, workspace: Workspace, blocks: gr.Blocks) -> Curate:
    factories.fill(workspace, [("Cowpox", "p1"), ("Measles", "p2")])
    return Curate(ctx, QueryForm(Facets(ctx), Toolbar(ctx)), Queues(ctx))


def ticked(drawn: list[Any]) -> list[str]:
    """The ticks of the classes: after what is shown now, and the queues."""
    label: dict[str, list[str]] = drawn[2]
    return label.get("value", [])


def test_a_filter_that_was_just_pressed_stays_ticked_though_the_address_does_not_have_it(
    ctx: AppContext, curate: Curate
) -> None:
    grid = SampleGrid(ctx, elem_id="grid")
    address: Any = SimpleNamespace(query_params={"class": "1"})
    assert ticked(curate.draw(grid.preprocess(None), SampleQuery(), address)) == ["1"]
    pressed = grid.preprocess(grid.postprocess(SampleQuery(labels=(ClassId(2),))))
    assert ticked(curate.draw(pressed, SampleQuery(), address)) == ["2"]
    everything = grid.preprocess(grid.postprocess(SampleQuery()))
    assert ticked(curate.draw(everything, SampleQuery(), address)) == []
