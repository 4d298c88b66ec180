"""What each fold of a cross-validated run scored, as a chart."""

from core.types import Run
from dashboard.services.evaluation import evaluations
from dashboard.ui.shared import amounts
from dashboard.ui.shared.charts import Chart
from dashboard.ui.shared.figures import intervals
from dashboard.ui.shared.figures.intervals import Row, Words

POOLED = "out_of_fold"


def chart(run: Run) -> Chart | None:
    """Return balanced accuracy per fold and of all folds together; None for a run without folds."""
    folds = evaluations.folds(run)
    if not folds:
        return None
    rows = [
        Row(name=f"fold {place}", metric=measured.balanced_accuracy)
        for place, measured in enumerate(folds, start=1)
    ]
    pooled = run.evaluations.get(POOLED)
    if pooled is not None:
        rows.append(Row(name="all folds", metric=pooled.balanced_accuracy, strong=True))
    over = evaluations.over_folds(run)["balanced_accuracy"]
    spread = f"{amounts.percent(over.mean)} ± {100 * over.deviation:.1f} over the folds"
    return intervals.chart(
        rows,
        Words(
            title="How much does it depend on who is left out?",
            caption=f"Balanced accuracy, {spread}; lines are 95{amounts.NBSP}% intervals.",
            summary=f"Balanced accuracy {spread}.",
            axis="balanced accuracy",
            name="folds",
        ),
    )
