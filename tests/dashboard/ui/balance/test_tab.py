"""The plan of Balance: what is chosen, drawn and remembered."""

from pathlib import Path
from typing import Any

import pytest

from core.types import BalanceMethod
from dashboard.runtime.context import AppContext
from dashboard.schemas import balance as choices
from dashboard.services.splits import balance
from dashboard.ui.balance import tab
from storage.workspace.folder import Workspace
from tests import factories


@pytest.fixture
def counted(workspace: Workspace) -> Workspace:
    rows = [("Measles", f"m{n}") for n in range(8)] + [("Cowpox", f"c{n}") for n in range(2)]
    factories.fill(workspace, rows)
    return workspace


def drawn(workspace: Workspace, method: BalanceMethod, target: int | None = None) -> Any:
    return tab.bars(balance.overview(workspace, method, target))


def test_a_target_fills_every_class_up_to_it(counted: Workspace) -> None:
    before, after = drawn(counted, BalanceMethod.AUGMENTATION, 12).figure.data
    assert (list(before.x), list(after.x)) == ([2, 8], [12, 12])
    assert list(after.text) == ["12 · each 6.0 ×", "12 · each 1.5 ×"]


def test_bars_start_at_0_and_are_one_scale(counted: Workspace) -> None:
    axis = drawn(counted, BalanceMethod.AUGMENTATION).figure.layout.xaxis
    assert axis.range[0] == 0
    assert axis.range[1] > 8
    assert axis.title.text == "images"


def test_weights_stand_beside_bars_of_one_length(counted: Workspace) -> None:
    before, after = drawn(counted, BalanceMethod.CLASS_WEIGHTS).figure.data
    assert list(before.x) == list(after.x) == [2, 8]
    assert [text.partition("weight ")[2] for text in after.text] == ["2.50", "0.625"]


def test_who_cannot_see_the_bars_reads_their_numbers(counted: Workspace) -> None:
    chart = drawn(counted, BalanceMethod.AUGMENTATION)
    assert chart.summary == (
        "Images before balancing and in one epoch: Cowpox 2 and 8, Measles 8 and 8."
    )
    assert chart.table.iloc[:, 2].tolist() == [8, 8]
    assert chart.caption.replace("\u00a0", " ").startswith("n = 10 images of 10 patients")


def test_without_samples_nothing_is_drawn(workspace: Workspace) -> None:
    assert drawn(workspace, BalanceMethod.NONE) is None


@pytest.mark.parametrize("raw", [None, {"method": "magic"}, {"target": -3}, "x", [1], Path()])
def test_what_cannot_be_read_in_a_browser_is_the_default(raw: object) -> None:
    choice = choices.read(raw)
    assert (choice.method, choice.target) == (BalanceMethod.CLASS_WEIGHTS, None)


def test_a_plan_is_read_as_it_was_kept() -> None:
    kept = choices.BalanceChoice(method=BalanceMethod.AUGMENTATION, target=50)
    assert choices.read(kept.model_dump(mode="json")) == kept


def test_what_is_chosen_is_not_written_again_by_its_answer(
    ctx: AppContext, counted: Workspace
) -> None:
    plans = tab.BalanceTab(ctx)
    _, target, _, kept = plans.choose("augmentation", 7.0)
    assert (target["visible"], "value" in target) == (True, False)
    assert kept == {"method": "augmentation", "target": 7}
    method, _, target, _ = plans.remembered(kept)
    assert (method, target["value"]) == (BalanceMethod.AUGMENTATION, 7)
    _, _, target, _ = plans.remembered(kept, typed=9)
    assert "value" not in target
