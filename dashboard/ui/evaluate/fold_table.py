"""How a run did on each fold: mean and deviation, and what every fold rests on."""

from core.types import Run
from dashboard.services.evaluation import evaluations
from dashboard.ui.shared import markup, report_table
from dashboard.ui.shared.markup import text


def html(run: Run) -> str:
    """Return mean and deviation over the folds and a row per fold; nothing without folds."""
    folds = evaluations.folds(run)
    if not folds:
        return ""
    rows = "".join(
        f'<tr><th scope="row">Fold {place}</th>'
        f'<td data-label="Balanced accuracy">{markup.metric(one.balanced_accuracy)}'
        f"{report_table.track(one.balanced_accuracy)}</td>"
        f'<td data-label="Macro-F1">{markup.metric(one.macro_f1)}</td>'
        f'<td data-label="Images">{one.images:,}</td>'
        f'<td data-label="Patients">{one.patients:,}</td></tr>'
        for place, one in enumerate(folds, start=1)
    )
    return (
        f'<p data-testid="over-folds">{text(sentence(run))}</p>'
        f'<details><summary>Each of the {len(folds)} folds</summary><div class="scroll">'
        '<table class="report folds" data-testid="fold-table"><thead><tr><th scope="col">Fold</th>'
        '<th scope="col">Balanced accuracy</th><th scope="col">Macro-F1</th>'
        f'<th scope="col">Images</th><th scope="col">Patients</th></tr></thead><tbody>{rows}'
        "</tbody></table></div></details>"
    )


def sentence(run: Run) -> str:
    """Return mean and deviation over the folds in words, and whether a test is left."""
    over = evaluations.over_folds(run)
    parts = ", ".join(
        f"{label} {markup.percent(over[name].mean)} ± {100 * over[name].deviation:.1f}"
        for name, label in (
            ("balanced_accuracy", "balanced accuracy"),
            ("macro_f1", "macro-F1"),
            ("accuracy", "accuracy"),
        )
    )
    dealt = "folds of the authors" if run.config.get("folds_by") == "authors" else "folds"
    test = (
        " Everything was cross-validated: no test is left for this run."
        if run.config.get("fold_everything")
        else " Test was left out."
    )
    return (
        f"Mean and standard deviation over {len(evaluations.folds(run))} {dealt}: {parts} points. "
        f"The matrix pools all of them.{test}"
    )
