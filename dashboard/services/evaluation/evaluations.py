"""Evaluations as people ask for them: opened (and counted), compared with now, written out."""

import csv as csv_format
import io
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import AppError
from core.settings.limits import MIN_FOLDS
from core.types import Evaluation, Metric, Run
from storage.runs import runs, sample_predictions
from storage.workspace.folder import Workspace

_OVERALL = ("accuracy", "balanced_accuracy", "macro_f1")


def open(workspace: Workspace, run: Run, split: str = "validation") -> Evaluation:
    """Return a run's evaluation; looking at the test split is counted.

    Raises AppError when the run was not measured on that split.
    """
    measured = run.evaluations.get(split)
    if measured is None:
        known = ", ".join(run.evaluations) or "nothing yet"
        raise AppError(
            f"Run {run.number} was not measured on '{split}'.",
            title="No such evaluation",
            hint=f"It was measured on: {known}.",
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
    numbers = {
        int(split.removeprefix("fold-")): one
        for split, one in run.evaluations.items()
        if split.startswith("fold-")
    }
    return [numbers[number] for number in sorted(numbers)]


def over_folds(run: Run) -> dict[str, Spread]:
    """Return mean and deviation of the overall metrics over the folds; empty below two folds."""
    found = folds(run)
    if len(found) < MIN_FOLDS:
        return {}
    values = {name: [getattr(one, name).value for one in found] for name in _OVERALL}
    return {
        name: Spread(mean=statistics.mean(own), deviation=statistics.stdev(own))
        for name, own in values.items()
    }


def changed_since(workspace: Workspace, run: Run, split: str) -> int:
    """Count labels of an evaluation's samples that are others now."""
    with workspace.read() as session:
        return sample_predictions.changed_since(session, run.id, split)


def csv(evaluation: Evaluation, names: Sequence[str]) -> str:
    """Return the classification report as CSV, one class a line, then the overall figures."""
    out = io.StringIO()
    writer = csv_format.writer(out, lineterminator="\n")
    rates = ("precision", "recall", "f1")
    limits = [f"{rate}{end}" for rate in rates for end in ("", "_low", "_high")]
    writer.writerow(["class", *limits, "images", "patients"])
    for name, one in zip(names, evaluation.classes, strict=True):
        values = [cell for rate in rates for cell in _cells(getattr(one, rate))]
        writer.writerow([_harmless(name), *values, one.images, one.patients])
    for overall in ("accuracy", "balanced_accuracy", "macro_f1"):
        cells = _cells(getattr(evaluation, overall))
        padding = [""] * (len(limits) - len(cells))
        writer.writerow([overall, *cells, *padding, evaluation.images, evaluation.patients])
    return out.getvalue()


def document(evaluation: Evaluation, names: Sequence[str]) -> dict[str, Any]:
    """Return an evaluation as the command line prints it."""
    overall = ("accuracy", "balanced_accuracy", "macro_f1")
    return {
        "run": evaluation.run,
        "split": evaluation.split,
        "test_version": evaluation.test_version,
        "images": evaluation.images,
        "patients": evaluation.patients,
        "metrics": {name: asdict(getattr(evaluation, name)) for name in overall},
        "classes": [
            {
                "class": name,
                **{
                    rate: None if getattr(one, rate) is None else asdict(getattr(one, rate))
                    for rate in ("precision", "recall", "f1")
                },
                "images": one.images,
                "patients": one.patients,
            }
            for name, one in zip(names, evaluation.classes, strict=True)
        ],
        "class_names": list(names),
        "confusion": [list(row) for row in evaluation.confusion],
    }


def _cells(metric: Metric | None) -> list[str]:
    if metric is None:
        return ["", "", ""]
    return [f"{value:.4f}" for value in (metric.value, metric.low, metric.high)]


def _harmless(name: str) -> str:
    """Keep a spreadsheet from taking a class's name for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t" else name
