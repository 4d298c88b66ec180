"""What of the page's address is followed, and when."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from dashboard.runtime.context import AppContext
from dashboard.ui.evaluate.tab import NONE, EvaluateTab
from dashboard.ui.shared.confirmation import Confirmation


@pytest.fixture
def tab(ctx: AppContext, blocks: gr.Blocks) -> EvaluateTab:
    return EvaluateTab(ctx, Confirmation("Open test", elem_id="open-test"))


def request(**address: str) -> Any:
    return SimpleNamespace(query_params=address)


def test_a_split_that_has_just_been_opened_stays_though_the_address_has_the_one_before(
    tab: EvaluateTab,
) -> None:
    before = request(run="run-1", on="validation")
    assert tab.begin(("run-1", "test"), before) == gr.skip()
    # Only whoever comes to the tab is led by its address.
    assert tab.arrive(("run-1", "test"), before) != gr.skip()


def test_nothing_is_open_where_nothing_has_been_measured(tab: EvaluateTab) -> None:
    assert tab.begin(NONE, request(run="run-1")) == NONE
