"""What an evaluation says in words, and what to know before believing it."""

from collections.abc import Sequence

from core.types import ClassInfo, Evaluation, Run
from dashboard.services.evaluation import evaluations
from dashboard.services.runs import run_labels
from dashboard.services.runs.protocol import POSTER
from dashboard.ui.shared import amounts, words
from dashboard.ui.shared.events import md

_IN_WORDS = {"validation": "validation", "out_of_fold": "out-of-fold", "test": "test"}
OVER_FOLDS = (
    ("balanced_accuracy", "balanced accuracy"),
    ("macro_f1", "macro-F1"),
    ("accuracy", "accuracy"),
)


def option(run: Run) -> str:
    """Return a run as it is offered: number, what it was for, its validation score."""
    measured = run.evaluations.get("validation")
    score = f"validation {amounts.percent(measured.balanced_accuracy.value)}" if measured else ""
    stamps = [stamp for stamp in run_labels.stamps(run) if stamp in ("leaky", "active")]
    parts = [f"Run {run.number}", run_labels.effort(run), score, *stamps]
    return " · ".join(part for part in parts if part)


def split_option(run: Run, split: str) -> str:
    """Return a split as it is offered; test says how often it has been opened."""
    return f"Test · opened {run.test_opened}×" if split == "test" else words.EVALUATED[split]


def opening_question(run: Run) -> str:
    """Return what is said before test is opened."""
    return (
        f"Opening test is counted. For run {run.number} it has been opened "
        f"{amounts.count(run.test_opened, 'time')} so far, test version {run.test_version}. "
        "Choose between models with validation; open test once, at the end."
    )


def finding(measured: Evaluation) -> str:
    """Return the main number in words."""
    share = amounts.percent(measured.balanced_accuracy.value)
    return (
        f"On average it recognises {share} of a class's "
        f"{_IN_WORDS.get(measured.split, measured.split)} images."
    )


def head(run: Run, measured: Evaluation, classes: Sequence[ClassInfo]) -> str:
    """Return the finding, what it rests on, and warnings where it flatters, as Markdown."""
    parts = [
        f"## {md(finding(measured))}",
        _rests_on(run, measured),
        _small(measured, classes),
        _leaky(run),
    ]
    return "\n\n".join(part for part in parts if part)


def changed(n: int) -> str:
    """Return the sentence about labels that are no longer those of the evaluation."""
    if n == 0:
        return ""
    return (
        f"**{amounts.count(n, 'label')} changed since**: the samples stay in their old cell; "
        "train again to measure with the new labels."
    )


def cell(true: ClassInfo, predicted: ClassInfo, total: int) -> str:
    """Return the heading over a cell's photographs, as Markdown."""
    recognised = true.id == predicted.id
    words = (
        f"{true.name}, recognised" if recognised else f"{true.name}, predicted as {predicted.name}"
    )
    order = " Most confident first." if total > 1 else ""
    return (
        f"### {md(words)}\n\n{amounts.count(total, 'photograph')}.{order} Relabel or exclude them "
        "here with the grid's keys."
    )


def report_title(measured: Evaluation, classes: list[ClassInfo]) -> str:
    """Return which of the classes with enough images is recognised least, as Markdown."""
    names = {info.id: info.name for info in classes}
    enough = [
        (row.recall.value, row)
        for row in measured.classes
        if row.recall is not None and row.images >= amounts.FEW
    ]
    if not enough:
        return "## Classification report"
    recall, worst = min(enough, key=lambda pair: pair[0])
    return (
        f"## Of the classes with at least {amounts.FEW} images, {md(names[worst.class_id])} is "
        f"recognised least: {amounts.percent(recall)} of {amounts.count(worst.images, 'image')}"
    )


def over_folds(run: Run) -> str:
    """Return mean and deviation over the folds in words; nothing without two folds."""
    over = evaluations.over_folds(run)
    if not over:
        return ""
    parts = ", ".join(
        f"{label} {amounts.percent(over[name].mean)} ± {100 * over[name].deviation:.1f}"
        for name, label in OVER_FOLDS
    )
    dealt = "folds of the authors" if run.config.get("folds_by") == "authors" else "folds"
    test = (
        "Everything was cross-validated: no test is left for this run."
        if run.config.get("fold_everything")
        else "Test was left out."
    )
    return (
        f"Mean and standard deviation over {len(evaluations.folds(run))} {dealt}: {parts} points. "
        f"The matrix pools all of them. {test}"
    )


def _rests_on(run: Run, measured: Evaluation) -> str:
    version = (
        f" · test version {measured.test_version}, opened {amounts.count(run.test_opened, 'time')}"
        if measured.split == "test"
        else ""
    )
    return md(
        f"n = {amounts.count(measured.images, 'image')} of "
        f"{amounts.count(measured.patients, 'patient')} · {run_labels.network(run)} · data "
        f"{run.fingerprint[:8]} · split {run.split_version}, {run.split_kind}{version}. "
        f"Lines: 95{amounts.NBSP}% interval, bootstrap by patient."
    )


def _small(measured: Evaluation, classes: Sequence[ClassInfo]) -> str:
    """Name the classes whose few images weigh as much in the average as the many of others."""
    images = {row.class_id: row.images for row in measured.classes}
    small = [
        f"{info.name} ({count})"
        for info in classes
        if 0 < (count := images.get(info.id, 0)) < amounts.FEW
    ]
    if not small:
        return ""
    verb = "rests" if len(small) == 1 else "rest"
    return md(
        f"{', '.join(small)} {verb} on fewer than {amounts.FEW} images, and each class counts "
        "alike in this average."
    )


def _leaky(run: Run) -> str:
    if not run.leaky:
        return ""
    copies = (
        " Its images include copies that exist only inside the run: a cell shows fewer "
        "photographs than its number."
        if run.split_kind == POSTER
        else ""
    )
    return (
        "> **Attention.** Leaky split: photographs of one patient stand on two sides, so these "
        f"numbers flatter the model. It cannot become active.{copies}"
    )
