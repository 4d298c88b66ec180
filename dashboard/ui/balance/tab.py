"""Balance: is there enough of each class?"""

import threading
from typing import Any

import gradio as gr

from core.types import BalanceMethod, Queue, SampleQuery
from dashboard.runtime.context import AppContext
from dashboard.schemas import balance as choices
from dashboard.schemas.balance import BalanceChoice
from dashboard.services.browsing import browsing
from dashboard.services.splits import balance, balance_table
from dashboard.services.splits.balance import BalanceReport
from dashboard.ui.balance import words
from dashboard.ui.balance.previews import Previews
from dashboard.ui.shared import events, tabs
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.shared.figures import balance_bars
from dashboard.ui.shared.figures.balance_bars import Bar
from dashboard.ui.shared.page import Page
from dashboard.ui.shared.plotly_chart.component import PlotlyChart

NO_SAMPLES = "Balance counts labelled photographs and the patients they show; there are none yet."
NOTICES = ["notice"]
CLASS_WIDTH = "116px"


class BalanceTab:
    """Handlers of counts and plan."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self._lock = threading.Lock()
        self._counted: tuple[int, BalanceReport] | None = None

    def report(self, method: BalanceMethod, target: int | None = None) -> BalanceReport:
        """Return counts and plan; samples are read again only when one has changed.

        Counting 20,000 samples takes seconds: who asks meanwhile waits for the same numbers.
        """
        with self._lock:
            revision = self.ctx.workspace.revision()
            if self._counted is None or self._counted[0] != revision:
                counted = balance.overview(self.ctx.workspace, BalanceMethod.NONE)
                self._counted = (revision, counted)
            return balance.planned(self._counted[1], method, target)

    def show(self, kept: Any, typed: float | None = None) -> tuple[Any, ...]:
        """Return the empty state or else everything: the finding, the leaks, the table, the plan.

        It comes into sight as a whole: a plan that came later would take back what a person has
        pressed meanwhile.
        """
        report = self.report(BalanceMethod.NONE)
        any_sample = bool(report.rows)
        queues = browsing.facets(self.ctx.workspace, SampleQuery()).facets.queues
        unknown = queues.get(Queue.PATIENT_UNKNOWN, 0)
        line = words.leaks(report.leaks, split=report.is_split, unknown=unknown)
        kind = "bad" if report.leaks else "good" if report.is_split else "note"
        return (
            gr.update(visible=not any_sample),
            gr.update(visible=any_sample),
            f"## {events.md(words.finding(report))}",
            gr.update(value=line, elem_classes=[*NOTICES, kind]),
            counts(report) if any_sample else None,
            *self.remembered(kept, typed),
        )

    def remembered(self, kept: Any, typed: float | None = None) -> tuple[Any, ...]:
        """Return the plan that was chosen last, class weights at first.

        The target that a person has `typed`, and not yet left, stays.
        """
        choice = choices.read(kept)
        explained, target, chart = self._drawn(choice)
        if typed is None:
            target["value"] = choice.target
        return choice.method, explained, target, chart

    def choose(self, method: str, target: float | None) -> tuple[Any, ...]:
        """Draw a plan that a person has just chosen, and keep it.

        What is chosen is not written again: something else may be chosen by now.
        """
        choice = choices.read({"method": method, "target": None if not target else int(target)})
        return *self._drawn(choice), choice.model_dump(mode="json")

    def _drawn(self, choice: BalanceChoice) -> tuple[str, dict[str, Any], Chart | None]:
        report = self.report(choice.method, choice.target)
        largest = max(report.training.values(), default=0)
        augmented = choice.method is BalanceMethod.AUGMENTATION
        target = gr.update(visible=augmented, placeholder=f"{largest:,}")
        return words.METHODS[choice.method][1], target, bars(report)


def counts(report: BalanceReport) -> Any:
    """Return the table with the colour of each class on its left edge, as wide as its place."""
    table = balance_table.table(report)
    edges = [f"border-left: 6px solid {info.colour}" for info in report.classes]
    numbers = table.columns[1:]
    styled = table.style.format("{:,}", subset=numbers).apply(
        lambda column: [*edges, "font-weight: 600"], subset=["Class"]
    )
    widths = [f"{max(len(word) for word in head.split()) * 7 + 18}px" for head in numbers]
    return gr.update(value=styled, column_widths=[CLASS_WIDTH, *widths])


def bars(report: BalanceReport) -> Chart | None:
    """Return the classes before and after the plan; None where there is nothing to draw."""
    if not report.rows:
        return None
    plan = report.plan
    drawn = [
        Bar(
            info=info,
            before=report.training[info.id],
            after=plan.target.get(info.id, report.training[info.id]),
            note=words.note(info.id, report.training[info.id], plan),
        )
        for info in report.classes
    ]
    return balance_bars.chart(drawn, unit=f"{words.unit(report)}s", caption=words.drawn(report))


def build(ctx: AppContext, page: Page) -> None:
    """Compose the tab: finding, counts, plan, augmented photographs, one step by step."""
    tab = BalanceTab(ctx)
    with gr.Column(visible=False, elem_id="balance-empty", elem_classes=["empty-state"]) as empty:
        gr.Markdown(NO_SAMPLES)
        first = gr.Button("Import photographs", variant="primary")
    with gr.Column(visible=False, elem_id="balance", elem_classes=["tab-body"]) as body:
        finding = gr.Markdown(elem_id="balance-finding", elem_classes=["lead"])
        leaks = gr.Markdown(elem_id="balance-leaks", elem_classes=NOTICES)
        with gr.Row(elem_classes=["two"]):
            with gr.Column(elem_classes=["card"], min_width=320):
                gr.Markdown("### What is there?")
                table = gr.Dataframe(
                    show_label=False,
                    interactive=False,
                    wrap=True,
                    buttons=[],
                    elem_id="balance-table",
                )
                gr.Markdown(words.COUNTED, elem_classes=["quiet"])
            with gr.Column(elem_classes=["card"], min_width=320):
                method = gr.Radio(
                    [(label, method.value) for method, (label, _) in words.METHODS.items()],
                    label="Balancing",
                    elem_id="balance-method",
                    elem_classes=["segments"],
                )
                explained = gr.Markdown(elem_classes=["quiet"])
                target = gr.Number(
                    label="Target, images per class",
                    precision=0,
                    minimum=1,
                    maximum=choices.MOST - 1,
                    visible=False,
                    elem_id="balance-target",
                )
                chart = PlotlyChart(
                    ctx.assets, label="Classes in one epoch", elem_id="balance-bars"
                )
                with gr.Row(elem_classes=["actions"]):
                    train = gr.Button("Train with this plan", size="sm", elem_id="balance-train")
        previews = Previews(ctx)
    plan = [method, explained, target, chart]
    kept = page.balance_choice
    shown = [empty, body, finding, leaks, table]
    page.clock.on("samples", tab.show, [*shown, *plan], [kept, target])
    previews.listen(page.clock)
    choose = events.shown(tab.choose)
    drawn = [explained, target, chart, kept]
    gr.on([method.input, target.submit, target.blur], choose, [method, target], drawn, **LAST)
    chosen = train.click(choose, [method, target], drawn, **ONCE)
    chosen.success(None, None, None, js=tabs.opening("train"))
    first.click(None, None, None, js=tabs.opening("curate"))
