"""Which run on which split, its overall numbers, and what to know before believing them."""

from collections.abc import Sequence

from core.types import ClassInfo, Evaluation, Run
from dashboard.services.runs import run_labels
from dashboard.services.runs.protocol import POSTER
from dashboard.ui.evaluate import fold_table
from dashboard.ui.shared import markup, report_table
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table

SPLITS = {"validation": "Validation", "out_of_fold": "Out of fold", "test": "Test"}


def empty() -> str:
    """Return what stands here before the first run has finished."""
    return markup.empty(
        "When a first model has been trained, this page shows where it is wrong, and the "
        "photographs behind every number.",
        markup.go_to("Train a model", "Train"),
        testid="evaluate-empty",
    )


def html(
    runs: Sequence[Run], run: Run, measured: Evaluation, *, name: str, changed_labels: int
) -> str:
    """Return the choice of run and split, and the overall numbers with intervals."""
    options = "".join(
        f'<option value="{text(item.id)}"{" selected" if item.id == run.id else ""}>'
        f"{text(_option(item))}</option>"
        for item in runs
    )
    segments = "".join(_segment(run, split, measured.split) for split in SPLITS)
    return (
        f'<section class="card stack" data-context data-run="{text(run.id)}" '
        f'data-split="{text(measured.split)}" data-testid="evaluate-head"><div class="spread">'
        f'<div class="row"><label class="field inline">Run <select name="run" '
        f'data-testid="evaluate-run">{options}</select></label>'
        f'<div class="segments" role="group" aria-label="Split">{segments}</div>'
        f"{run_table.stamps(run)}</div>{_downloads()}</div>"
        f'<h2 class="lead">{text(finding(measured))}</h2>{report_table.overall(measured)}'
        f"{fold_table.html(run) if measured.split == 'out_of_fold' else ''}"
        f'<p class="quiet">{_about(run, measured, name)}</p>{_leaky(run)}'
        f'<p class="quiet changed" data-testid="changed-since">{text(changed(changed_labels))}</p>'
        "</section>"
    )


def finding(measured: Evaluation) -> str:
    """Return the main number in words."""
    said = {"validation": "validation", "out_of_fold": "out-of-fold", "test": "test"}
    return (
        f"On average it recognises {markup.percent(measured.balanced_accuracy.value)} of a class's "
        f"{said.get(measured.split, measured.split)} images."
    )


def changed(n: int) -> str:
    """Return the sentence about labels that are no longer those of the evaluation."""
    if n == 0:
        return ""
    return (
        f"{markup.count(n, 'label')} changed since: the samples stay in their old cell; "
        "train again to measure with the new labels."
    )


def _option(run: Run) -> str:
    parts = [f"Run {run.number}", run_labels.effort(run)]
    measured = run.evaluations.get("validation")
    if measured:
        parts.append(f"validation {markup.percent(measured.balanced_accuracy.value)}")
    if run.leaky:
        parts.append("leaky")
    if run.active:
        parts.append("active")
    return " · ".join(part for part in parts if part)


def opening(run: Run) -> tuple[str, str]:
    """Return what opens test, and what is asked before."""
    times = markup.count(run.test_opened, "time")
    return f"Test · opened {run.test_opened}×", (
        f"Opening test is counted. For run {run.number} it has been opened {times} so far, "
        f"test version {run.test_version}. Choose between models with validation; open test "
        "once, at the end."
    )


def _segment(run: Run, split: str, now: str) -> str:
    if split not in run.evaluations:
        return ""
    label, confirm = SPLITS[split], None
    if split == "test":
        label, confirm = opening(run)
    values = markup.attributes(
        {
            "data-do": "open",
            "data-split": split,
            "data-confirm": confirm if now != "test" else None,
            "data-verb": "Open test" if confirm else None,
            "aria-pressed": str(split == now).lower(),
            "disabled": split == now == "test",
            "data-testid": f"split-{split}",
        }
    )
    return f'<button type="button"{values}>{text(label)}</button>'


def _downloads() -> str:
    return (
        '<div class="row"><button type="button" class="button small" data-download="csv" '
        'data-testid="download-csv">Report as CSV</button><button type="button" '
        'class="button small" data-download="png" data-testid="download-png">Matrix as PNG'
        "</button></div>"
    )


def _about(run: Run, measured: Evaluation, name: str) -> str:
    version = (
        f" · test version {text(measured.test_version)}, opened "
        f"{markup.count(run.test_opened, 'time')}"
        if measured.split == "test"
        else ""
    )
    return (
        f"n = {markup.count(measured.images, 'image')} of "
        f"{markup.count(measured.patients, 'patient')} · {text(name)} · data "
        f"<code>{text(run.fingerprint[:8])}</code> · split {run.split_version}, "
        f"{text(run.split_kind)}{version}. Lines: 95{markup.NBSP}% interval, bootstrap by patient."
    )


def _leaky(run: Run) -> str:
    if not run.leaky:
        return ""
    copies = (
        " Its pictures include copies that exist only inside the run: a cell shows fewer "
        "photographs than its number."
        if run.split_kind == POSTER
        else ""
    )
    return markup.notice(
        "bad",
        "Leaky split: photographs of one patient stand on two sides, so these numbers flatter "
        f"the model. It cannot become active.{copies}",
        testid="leaky-notice",
    )


def caption(true: ClassInfo, predicted: ClassInfo, total: int) -> str:
    """Return the heading over a cell's photographs."""
    right = true.id == predicted.id
    said = f"{true.name}, recognised" if right else f"{true.name}, predicted as {predicted.name}"
    order = "Most confident first." if total > 1 else ""
    return (
        f'<div class="stack" data-testid="cell-caption">{_moved(true.name)}<h3>{text(said)}</h3>'
        f'<p class="quiet">{markup.count(total, "photograph")}. {order} Relabel or exclude them '
        "here with the grid's keys.</p></div>"
    )


def _moved(name: str) -> str:
    """Return a rule that greys the photographs of a cell which are no longer of its true class."""
    # Inside a rule a name is data: everything but plain letters and digits is written as its code.
    plain = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in name)
    return (
        f'<style>#grid-evaluate .mpx-card[data-label]:not([data-label="{plain}"]) > img '
        "{ filter: grayscale(1); opacity: 0.45; }</style>"
    )
