"""Balance: is there enough of each class?"""

from typing import Any

import gradio as gr

from core.settings import limits
from core.types import BalanceMethod, Queue, SampleId, SampleQuery, Split
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.splits import balance as service
from dashboard.ui.balance import balance_table, picture_sheet
from dashboard.ui.shared import markup, panel
from dashboard.ui.shared.page import Page

NO_SAMPLES = "Balance counts labelled photographs and the patients they show; there are none yet."
STRENGTHS = tuple(name for name in limits.STRENGTHS if name != "none")
COPIES = 4
STRIDE = 37
"""Samples between two pictures shown one after the other, so that classes and patients change."""


class BalanceTab:
    """Handlers; their outputs are the counts and the plan, the sheet, and the steps."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx

    def show(self, event: gr.EventData) -> tuple[str, str, str]:
        """Show everything with the plan that was chosen last, class weights at first."""
        method, target = _plan(panel.sent(event))
        main = self._main(method, target)
        if not main:
            link = markup.go_to("Import photographs", "Curate")
            return markup.empty(NO_SAMPLES, link, testid="balance-empty"), "", ""
        return main, self._sheet(STRENGTHS[0], 0), self._steps(0)

    def plan(self, event: gr.EventData) -> str:
        """Show another plan."""
        return self._main(*_plan(panel.sent(event)))

    def draw(self, event: gr.EventData) -> str:
        """Show augmented pictures of another strength or draw others."""
        sent = panel.sent(event)
        strength = str(sent.get("strength"))
        return self._sheet(strength if strength in STRENGTHS else STRENGTHS[0], _seed(sent))

    def step(self, event: gr.EventData) -> str:
        """Show another picture on its way into the network."""
        return self._steps(_seed(panel.sent(event), "offset"))

    def _main(self, method: BalanceMethod, target: int | None) -> str:
        report = service.overview(self.ctx.workspace, method, target)
        if not report.rows:
            return ""
        queues = browsing.facets(self.ctx.workspace, SampleQuery()).facets.queues
        return balance_table.html(report, target, queues.get(Queue.PATIENT_UNKNOWN, 0))

    def _sheet(self, strength: str, seed: int) -> str:
        rows = service.augmented_sheet(self.ctx.workspace, strength, copies=COPIES, seed=seed)
        return picture_sheet.sheet(
            rows, self.ctx.classes(), strength=strength, strengths=STRENGTHS, seed=seed
        )

    def _steps(self, offset: int) -> str:
        sample = self._sample(offset)
        pictures = service.steps(self.ctx.workspace, sample, STRENGTHS[0], seed=offset)
        file = browsing.cards(self.ctx.workspace, [sample])[0].file if sample else ""
        return picture_sheet.steps(pictures, file=file, offset=offset)

    def _sample(self, offset: int) -> SampleId | None:
        """Return one of the training samples (of all, before the first split)."""
        for query in (SampleQuery(splits=(Split.TRAIN,)), SampleQuery()):
            total = self.ctx.view.page(query, 0, 1).total
            if total:
                return self.ctx.view.page(query, offset * STRIDE % total, 1).ids[0]
        return None


def _plan(sent: dict[str, Any]) -> tuple[BalanceMethod, int | None]:
    known = {method.value: method for method in BalanceMethod}
    method = known.get(str(sent.get("method")), BalanceMethod.CLASS_WEIGHTS)
    target = str(sent.get("target") or "")
    return method, int(target) if target.isdecimal() and 0 < int(target) < 1_000_000 else None


def _seed(sent: dict[str, Any], name: str = "seed") -> int:
    text = str(sent.get(name, ""))
    return int(text) % 2**31 if text.isdecimal() else 0


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: counts and plan, augmented pictures, one picture step by step."""
    tab = BalanceTab(ctx)
    with gr.Column(elem_classes=["tab-body"]):
        main = panel.build(ctx, "balance", parts=["figures", "report_table", "balance_table"])
        sheet = panel.build(ctx, "sheet", parts=["picture_sheet"], value="")
        steps = panel.build(ctx, "steps", parts=["picture_sheet"], value="")
    page.on(main.show, tab.show, main, sheet, steps)
    page.on(main.act, tab.plan, main)
    page.on(sheet.act, tab.draw, sheet)
    page.on(steps.act, tab.step, steps)
