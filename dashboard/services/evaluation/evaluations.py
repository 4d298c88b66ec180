"""Evaluations as people ask for them: opened (and counted), over folds, compared with now."""

import statistics
from dataclasses import dataclass

from core.errors import AppError
from core.settings.limits import MIN_FOLDS
from core.types import Evaluation, Run
from storage.runs import runs, sample_predictions
from storage.workspace.folder import Workspace

_OVERALL = ("accuracy", "balanced_accuracy", "macro_f1")


def open(workspace: Workspace, run: Run, split: str = "validation") -> Evaluation:
    """Return a run's evaluation; looking at the test split is counted.

    Raises AppError when the run was not measured on that split.
    """
    measured = run.evaluations.get(split)
    if measured is None:
        splits = ", ".join(run.evaluations) or "nothing yet"
        raise AppError(
            f"Run {run.number} was not measured on '{split}'.",
            title="No such evaluation",
            hint=f"It was measured on: {splits}.",
        )
    if split == "test":
        with workspace.transaction() as session:
            runs.count_test_opening(session, run.id)
    return measured


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A metric over the folds of a cross-validation."""

    mean: float
    deviation: float
    """Standard deviation, n - 1 in the denominator."""


def folds(run: Run) -> list[Evaluation]:
    """Return how a run did on each of its folds, in their order; none without folds."""
    numbered = {
        int(split.removeprefix("fold-")): measured
        for split, measured in run.evaluations.items()
        if split.startswith("fold-")
    }
    return [numbered[number] for number in sorted(numbered)]


def over_folds(run: Run) -> dict[str, Spread]:
    """Return mean and deviation of the overall metrics over the folds; empty below two folds."""
    measured = folds(run)
    if len(measured) < MIN_FOLDS:
        return {}
    values = {name: [getattr(fold, name).value for fold in measured] for name in _OVERALL}
    return {
        name: Spread(mean=statistics.mean(scores), deviation=statistics.stdev(scores))
        for name, scores in values.items()
    }


def changed_since(workspace: Workspace, run: Run, split: str) -> int:
    """Count labels of an evaluation's samples that are others now."""
    with workspace.read() as session:
        return sample_predictions.changed_since(session, run.id, split)
