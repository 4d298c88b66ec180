"""How good a checkpoint is: overall numbers and the classification report, with intervals."""

from collections.abc import Sequence

from core.types import ClassInfo, ClassMetrics, Evaluation, Metric
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

OVERALL = (
    ("Balanced accuracy", "balanced_accuracy", "mean recall of the classes"),
    ("Macro-F1", "macro_f1", "mean F1 of the classes"),
    ("Accuracy", "accuracy", "share of all images; hides rare classes"),
)


def track(metric: Metric | None, colour: str = "") -> str:
    """Return a bar from 0 to 100 % with its 95 % interval drawn over it."""
    if metric is None:
        return '<div class="track" aria-hidden="true"></div>'
    tint = f";background:{text(colour)}" if colour else ""
    low, high = 100 * metric.low, 100 * metric.high
    return (
        f'<div class="track" aria-hidden="true"><i style="width:{100 * metric.value:.1f}%{tint}">'
        f'</i><b style="left:{low:.1f}%;width:{max(high - low, 0.0):.1f}%"></b></div>'
    )


def overall(evaluation: Evaluation) -> str:
    """Return balanced accuracy, macro-F1 and accuracy, in this order, with intervals drawn."""
    items = []
    for label, field, meaning in OVERALL:
        metric: Metric = getattr(evaluation, field)
        items.append(
            f'<div class="measure" data-testid="overall-{field}"><h4>{label}</h4>'
            f'<p class="big">{markup.percent(metric.value)} '
            f'<span class="interval">95{markup.NBSP}%: {markup.interval(metric)}</span></p>'
            f'{track(metric)}<p class="quiet">{meaning}</p></div>'
        )
    return f'<div class="measures" data-testid="overall">{"".join(items)}</div>'


def report(evaluation: Evaluation, classes: Sequence[ClassInfo]) -> str:
    """Return the classification report; rows of fewer than ten images are greyed."""
    known = {info.id: info for info in classes}
    rows = "".join(_row(row, known[row.class_id]) for row in evaluation.classes)
    return (
        '<div class="scroll"><table class="report" data-testid="report-table">'
        "<thead><tr><th scope='col'>Class</th><th scope='col'>Precision</th>"
        "<th scope='col'>Recall</th><th scope='col' class='drawn' aria-label='Recall drawn'></th>"
        "<th scope='col'>F1</th><th scope='col'>Support, images</th>"
        "<th scope='col'>Patients</th></tr>"
        f"</thead><tbody>{rows}</tbody>{_foot(evaluation)}</table></div>"
        f'<p class="quiet">Small figures: 95{markup.NBSP}% interval, bootstrap by patient. '
        f"Grey: fewer than {markup.FEW} images, too few to compare.</p>"
    )


def _row(row: ClassMetrics, info: ClassInfo) -> str:
    few = ' class="few"' if row.images < markup.FEW else ""
    return (
        f'<tr{few} data-testid="report-{text(info.name)}"><th scope="row">{markup.chip(info)}</th>'
        f"{_cell('Precision', markup.metric(row.precision))}"
        f"{_cell('Recall', markup.metric(row.recall))}"
        f'<td class="drawn">{track(row.recall, info.colour)}</td>'
        f"{_cell('F1', markup.metric(row.f1))}{_cell('Support, images', f'{row.images:,}')}"
        f"{_cell('Patients', f'{row.patients:,}')}</tr>"
    )


def _cell(label: str, shown: str) -> str:
    """Return a cell that names itself where a narrow screen has no room for the heads."""
    return f'<td data-label="{label}">{shown}</td>'


def _foot(evaluation: Evaluation) -> str:
    return (
        '<tfoot><tr><th scope="row">All</th><td class="none"></td>'
        f"{_cell('Balanced accuracy', markup.metric(evaluation.balanced_accuracy))}"
        f'<td class="drawn">{track(evaluation.balanced_accuracy)}</td>'
        f"{_cell('Macro-F1', markup.metric(evaluation.macro_f1))}"
        f"{_cell('Images', f'{evaluation.images:,}')}"
        f"{_cell('Patients', f'{evaluation.patients:,}')}</tr></tfoot>"
    )


def section(evaluation: Evaluation, classes: Sequence[ClassInfo]) -> str:
    """Return the report under a heading that names the worst of the classes with enough images."""
    known = {info.id: info.name for info in classes}
    worst = min(
        (row for row in evaluation.classes if row.recall is not None and row.images >= markup.FEW),
        key=lambda row: row.recall.value if row.recall else 1.0,
        default=None,
    )
    title = "Classification report"
    if worst is not None and worst.recall is not None:
        title = (
            f"Of the classes with at least {markup.FEW} images, {known[worst.class_id]} is "
            f"recognised least: {markup.percent(worst.recall.value)} of "
            f"{markup.count(worst.images, 'image')}."
        )
    return (
        f'<section class="card stack"><h2>{text(title)}</h2>{report(evaluation, classes)}</section>'
    )
