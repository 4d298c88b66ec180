"""What a person is typing, or has chosen, stays while the clock draws everything else."""

from types import SimpleNamespace

import gradio as gr
import pytest

from core.types import RunId
from dashboard.runtime.context import AppContext
from dashboard.services.runs import current_run, retraining
from dashboard.ui.balance.tab import BalanceTab
from dashboard.ui.train import form_values
from dashboard.ui.train.live_run import LivePanel
from dashboard.ui.train.retraining_card import RetrainingCard
from dashboard.ui.train.training_form import TrainingForm
from storage.workspace.folder import Workspace
from tests import factories
from tests.dashboard.ui.panels import run as made_run


def test_the_number_of_changed_samples_is_drawn_once(
    ctx: AppContext, workspace: Workspace, blocks: gr.Blocks
) -> None:
    card = RetrainingCard(ctx)
    retraining.choose(workspace, 40)
    on, after, _, kept = card.show(None)
    assert (on, after, kept) == (True, 40, 40)
    assert card.show(kept)[1] == gr.skip()
    retraining.choose(workspace, 50)
    assert card.show(kept)[1] == 50


def test_the_target_of_balance_is_drawn_until_one_is_typed(
    ctx: AppContext, workspace: Workspace
) -> None:
    factories.fill(workspace, [("Measles", "p1"), ("Cowpox", "p2")])
    tab, kept = BalanceTab(ctx), {"method": "augmentation", "target": 50}
    assert tab.remembered(kept)[2]["value"] == 50
    assert "value" not in tab.remembered(kept, 70)[2]


def test_a_waiting_run_stays_chosen_while_the_queue_stays(
    ctx: AppContext, blocks: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, waiting = LivePanel(ctx), [made_run(id=RunId(f"run-{n}"), number=n) for n in (7, 8)]
    monkeypatch.setattr(current_run, "read", lambda trainer: SimpleNamespace(waiting=waiting))
    *first, drawn = panel.line_up(None)
    assert first[1]["value"] == "run-8"
    assert panel.line_up(drawn) == (gr.skip(),) * 4


def test_the_review_of_the_form_writes_no_field(ctx: AppContext, blocks: gr.Blocks) -> None:
    form = TrainingForm(ctx)
    fields = {field: name for name, field in form.parts.named.items()}
    given = {field: field.value for field in fields}
    drawn = dict(zip(form.parts.looks, form.look(given), strict=True))
    for part, update in drawn.items():
        assert part not in fields or "value" not in update, fields[part]


def test_the_form_comes_into_sight_with_what_was_kept_and_only_once(
    ctx: AppContext, workspace: Workspace, blocks: gr.Blocks
) -> None:
    form = TrainingForm(ctx)
    kept = form.parts.kept_names
    draft = {**form_values.of_beginning(form_values.FIRST), "epochs": 7}
    empty, body, *_ = form.open(None, False, None)
    assert (empty["visible"], body["visible"]) == (True, False)
    factories.fill(workspace, [("Measles", "p1"), ("Cowpox", "p2")])
    _, body, *values = form.open(draft, False, None)
    assert body["visible"]
    assert values[kept.index("epochs")] == 7
    _, _, *values = form.open(draft, True, None)
    assert values[kept.index("epochs")] == gr.skip()
