"""All runs in a table: what they were, what they saw, how good they are; and the choice of one."""

from dataclasses import replace
from typing import Any

import gradio as gr
from pandas.io.formats.style import Styler

from core.types import Run
from dashboard.runtime.context import AppContext
from dashboard.services.runs import ranking, run_labels, run_tables
from dashboard.services.runs.ranking import Apart, Ranking
from dashboard.ui.shared import amounts, cells, events
from dashboard.ui.shared.events import EACH, LAST

COLUMNS = {
    "run": "Run",
    "state": "State",
    "network": "Network",
    "effort": "For",
    "balanced_accuracy": "Balanced accuracy",
    "interval": f"95{amounts.NBSP}%",
    "macro_f1": "Macro-F1",
    "comparable": "Measured on",
    "epochs": "Epochs",
    "best_epoch": "Best epoch",
    "seconds": "Time",
    "fingerprint": "Data",
    "split": "Split",
    "test_opened": "Test opened",
}
WIDTHS: list[str | int] = [56, 140, 150, 120, 92, 96, 84, 106, 70, 70, 108, 88, 96, 76]


class RunsPanel:
    """Handlers and components; `chosen` holds the id of the run that a person looks closer at."""

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self.ranking = Ranking(ctx.workspace)
        gr.Markdown("## Runs")
        self.order = gr.Markdown(elem_id="runs-order", elem_classes=["quiet"])
        self.hidden = gr.Checkbox(
            label="Show hidden", visible=False, container=False, elem_id="show-hidden"
        )
        self.table = gr.Dataframe(
            show_label=False,
            interactive=False,
            show_search="search",
            column_widths=WIDTHS,
            max_height=420,
            elem_id="runs-table",
        )
        self.chosen = gr.Dropdown(
            [],
            label="Look closer at a run: choose it here, or press its row",
            value=None,
            interactive=True,
            elem_id="run-chosen",
        )

    @property
    def shown(self) -> list[Any]:
        """The outputs of `show`."""
        return [self.table, self.order, self.hidden, self.chosen]

    def listen(self, stamp: gr.State) -> None:
        """Draw the table whenever a run has changed; a click on a row chooses its run."""
        stamp.change(self.show, self.hidden, self.shown, **LAST)
        self.hidden.input(self.show, self.hidden, self.shown, **LAST)
        self.table.select(self.choose, None, self.chosen, **EACH)

    def show(self, hidden: bool) -> tuple[Any, ...]:
        """Return the table, best validation first as far as runs can be compared."""
        listed = self.ctx.trainer.runs(hidden=True)
        apart = self.ranking.apart(listed)
        ordered = ranking.ordered([self._with_epochs(run) for run in listed], apart)
        rows = [run for run in ordered if hidden or not run.hidden]
        left_out = sum(run.hidden for run in listed)
        toggle = gr.update(visible=bool(left_out), label=f"Show hidden ({left_out})")
        choices = gr.update(choices=[(name(run), run.id) for run in ordered])
        return styled(rows, apart), order(rows, apart), toggle, choices

    def choose(self, event: gr.SelectData) -> str:
        """Return the id of the run whose row was pressed."""
        return self.ctx.trainer.get(str(event.row_value[0])).id

    def _with_epochs(self, run: Run) -> Run:
        """Return a run with the epochs that its process has finished so far."""
        if run.status not in run_labels.ALIVE:
            return run
        return replace(run, epochs_done=self.ctx.trainer.live(run).epochs_done)


def name(run: Run) -> str:
    """Return a run's number, its stamps and what it was for."""
    parts = (f"Run {run.number}", *run_labels.stamps(run), run_labels.effort(run))
    return " · ".join(parts)


def order(rows: list[Run], apart: Apart) -> str:
    """Return how many runs there are, and what the order of the rows means."""
    if not rows:
        return ""
    others = sum(run.id in apart.runs for run in rows)
    first = f"{amounts.count(len(rows), 'run')}, best validation first"
    if others:
        rest = amounts.count(others, "figure rests", "figures rest")
        first += (
            f" among those measured like run {apart.newest}; {rest} on other labels or images: "
            "marked, below, not ranked"
        )
    return events.md(f"{first}. Test is never used to choose.")


def styled(rows: list[Run], apart: Apart) -> Styler:
    """Return the table as people read it; what sorts is the number behind each cell."""
    table = run_tables.runs(rows, apart)
    table["interval"] = cells.intervals(table["low"], table["high"])
    table["comparable"] = table["comparable"].where(table["comparable"] != "", table["measured_on"])
    table["effort"] = [
        ", ".join(filter(None, pair)) for pair in zip(table["effort"], table["origin"], strict=True)
    ]
    table["fingerprint"] = table["fingerprint"].str[:8]
    shown = table[list(COLUMNS)].rename(columns=COLUMNS)
    return shown.style.format(
        {
            "Balanced accuracy": cells.percent,
            "Macro-F1": cells.percent,
            "Best epoch": best_epoch,
            "Time": cells.duration,
        },
        na_rep=cells.MISSING,
    )


def best_epoch(cell: Any) -> str:
    """Return the number of an epoch; 0 is the last layer alone, fitted before the first."""
    return f"{float(cell):.0f}" if cell else "0, last layer alone"
