"""What curation bought: work done, queues against chance, the model before and after, readers."""

from typing import Any

import gradio as gr
import pandas as pd

from core.types import Split
from dashboard.runtime.context import AppContext
from dashboard.services.curation import curation_effect, reader_agreement
from dashboard.services.curation.curation_effect import Gains
from dashboard.services.curation.paired_runs import ComparedRuns
from dashboard.services.curation.reader_agreement import Agreement
from dashboard.ui.shared import events, words
from dashboard.ui.shared.amounts import count, duration, percent, points, points_interval
from dashboard.ui.shared.figures import shares
from dashboard.ui.shared.plotly_chart.component import PlotlyChart

NOTHING_COMPARED = """Two models of one split that saw other labels are compared here, on the same
patients: train again after curating."""
ARMS = "Did the queues find more than chance?"
ARMS_CAPTION = """The first decision on each sample counts. The order is worth its while where its
share lies above that of the photographs picked by chance."""


class Effect:
    """Sentences, a chart of the queues and a table of readers; read when the tab is opened."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self.work = gr.Markdown(elem_id="effect-work")
        self.arms = PlotlyChart(ctx.assets, label=ARMS, elem_id="effect-arms")
        self.model = gr.Markdown(elem_id="effect-model")
        self.side = gr.Radio(
            [("Validation", Split.VALIDATION), ("Test (opening it is counted)", Split.TEST)],
            value=Split.VALIDATION,
            label="Compared on",
            visible=False,
            elem_id="effect-side",
        )
        self.readers = gr.Markdown(elem_id="effect-readers")
        self.agreement = gr.Dataframe(
            label="Do readers agree?", interactive=False, visible=False, elem_id="agreement"
        )

    def listen(self, tab: gr.Tab) -> None:
        """Read it whenever the tab is opened, and when the other side of the split is wanted."""
        drawn = [*(self.work, self.arms, self.model, self.side), self.readers, self.agreement]
        tab.select(events.shown(self.read), None, drawn, **events.LAST)
        self.side.input(events.shown(self.compared), self.side, self.model, **events.LAST)

    def read(self) -> list[Any]:
        """Return what every part shows, compared on validation."""
        effect = curation_effect.read(self._ctx.workspace, on=Split.VALIDATION)
        agreement = reader_agreement.agree(self._ctx.workspace)
        table = agreement_table(agreement)
        return [
            work(effect),
            shares.chart(arm_table(effect), ARMS, ARMS_CAPTION) if effect.arms else None,
            model(effect.compared),
            gr.update(value=Split.VALIDATION, visible=effect.compared is not None),
            readers(agreement),
            gr.update(value=table, visible=not table.empty),
        ]

    def compared(self, side: str) -> str:
        """Return the comparison of the two models on one side of the split."""
        return model(curation_effect.read(self._ctx.workspace, on=Split(side)).compared)


def work(effect: Gains) -> str:
    """Return what has been done since the newest run."""
    since = "so far" if effect.since_run is None else f"since run {effect.since_run}"
    spent = f", {duration(effect.seconds)} of work" if effect.seconds >= 1 else ""
    people = count(effect.people, "person", "people")
    done = (
        f"**{count(effect.decisions, 'sample')} decided {since}**: "
        f"{count(effect.changed, 'label')} changed or taken out{spent}, by {people}."
    )
    return f"{done} Enough to train again: [Train a model](?tab=train)" if effect.due else done


def arm_table(effect: Gains) -> pd.DataFrame:
    """Return what each queue found: samples decided on, how many changed, the share in percent."""
    return pd.DataFrame(
        [
            {
                "Asked by": words.ARMS.get(arm.queue, arm.queue),
                "Samples": arm.asked,
                "Changed": arm.changed,
                "Share in %": round(100 * arm.share.value, 1),
                "Low": round(100 * arm.share.low, 1),
                "High": round(100 * arm.share.high, 1),
            }
            for arm in effect.arms
        ]
    )


def model(compared: ComparedRuns | None) -> str:
    """Return what curation did to the model, with its interval."""
    head = "### What it did to the model\n\n"
    if compared is None:
        return head + NOTHING_COMPARED
    gain, side = compared.difference, words.SPLITS[compared.split].lower()
    first = (
        f"Balanced accuracy on {side}: run {compared.before} {percent(gain.before)}, run "
        f"{compared.after} {percent(gain.after)}. **{points(gain.value)} points "
        f"({points_interval(gain.low, gain.high)})**, {certainty(gain.low, gain.high)}."
    )
    test = f" (test version {compared.test_version})" if compared.split is Split.TEST else ""
    n = (
        f"{count(gain.images, 'photograph')} of {count(gain.patients, 'patient')}, the same for "
        f"both, with the labels of today{test}; {gain.mended:,} now right, {gain.broken:,} now "
        "wrong."
    )
    other = (
        ""
        if compared.same_settings
        else (
            f"\n\nRun {compared.after} also had other settings than run {compared.before}: this is "
            "not what curation did alone."
        )
    )
    return f"{head}{first}\n\n{n}{other}"


def certainty(low: float, high: float) -> str:
    """Return what an interval of a difference says."""
    if low > 0:
        return "better: the interval lies above zero"
    if high < 0:
        return "worse: the interval lies below zero"
    return "not certain: the interval holds zero"


def readers(agreement: Agreement) -> str:
    """Return how many samples several people have read."""
    if not agreement.pairs:
        return ""
    fleiss = (
        ""
        if agreement.fleiss is None
        else (f"; Fleiss' kappa of all readers {agreement.fleiss:.2f}")
    )
    read = count(agreement.samples, "sample")
    return (
        f"### Do readers agree?\n\n{read} read by two or more, {agreement.disputed:,} in dispute"
        f"{fleiss}."
    )


def agreement_table(agreement: Agreement) -> pd.DataFrame:
    """Return a row per pair of readers."""
    rows = [
        (
            f"{pair.one}, {pair.other}",
            pair.kappa.samples,
            percent(pair.kappa.observed),
            "–"
            if pair.kappa.value is None
            else f"{pair.kappa.value:.2f} ({pair.kappa.low:.2f} to {pair.kappa.high:.2f})",
        )
        for pair in agreement.pairs
    ]
    return pd.DataFrame(rows, columns=["Readers", "Samples", "Same class", "Cohen's kappa"])
