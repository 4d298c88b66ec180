"""What Balance says: how uneven the classes are, what a method does, whether the split leaks."""

from collections.abc import Sequence

from core.types import BalanceMethod, BalancePlan, ClassId, Leak, Split
from dashboard.services.splits.balance import BalanceReport
from dashboard.ui.shared import amounts, events

SHOWN_LEAKS = 5
SHOWN_FILES = 3
METHODS = {
    BalanceMethod.NONE: ("None", "Every image once per epoch; frequent classes weigh more."),
    BalanceMethod.CLASS_WEIGHTS: (
        "Class weights",
        "Every image once per epoch; a mistake on a rare class costs more in the loss.",
    ),
    BalanceMethod.BALANCED_SAMPLING: (
        "Balanced sampling",
        "Images of rare classes are drawn more often, in the same length of epoch.",
    ),
    BalanceMethod.AUGMENTATION: (
        "Augmentation to a target",
        "Rare classes are filled up with newly augmented views, for training only.",
    ),
}
"""Method -> its name and what it does."""
NO_SPLIT = (
    "There is no split yet: the first training puts about 64 of 100 patients into train, 16 into "
    "validation and 20 into test."
)
NO_LEAK = "**No leak:** no patient and no identical photograph stands on two sides of the split."
COUNTED = (
    "Images, and the patients they show, each counted once in a total. Patients who share a "
    "photograph are one. Excluded and unlabelled samples do not count."
)


def unit(report: BalanceReport) -> str:
    """Return what is balanced: training images, or all images before the first split."""
    return "training image" if report.is_split else "image"


def finding(report: BalanceReport) -> str:
    """Return how uneven the training images are."""
    names = {info.id: info.name for info in report.classes}
    counts = [(n, names[class_id]) for class_id, n in report.training.items() if n]
    kind = unit(report)
    if len(counts) < 2:
        return f"There are not yet two classes with {kind}s."
    (least, rare), (most, common) = min(counts), max(counts)
    if most == least:
        return f"Every class has {amounts.count(least, kind)}."
    return (
        f"{common} has {most / least:.1f} times as many {kind}s as {rare}: "
        f"{most:,} and {least:,} of {sum(n for n, _ in counts):,}."
    )


def note(class_id: ClassId, before: int, plan: BalancePlan) -> str:
    """Return what a plan does to each image of a class: its weight, or how often it is shown."""
    if plan.method is BalanceMethod.CLASS_WEIGHTS:
        return f"· weight {amounts.number(plan.weights.get(class_id, 1.0))}"
    after = plan.target.get(class_id, before)
    return f"· each {after / before:.1f} ×" if before and after > before else ""


def drawn(report: BalanceReport) -> str:
    """Return the n of the bars."""
    side = Split.TRAIN if report.is_split else None
    images = sum(row.images for row in report.rows if row.split == side)
    patients = report.totals.by_split.get(side, 0)
    return (
        f"n = {amounts.count(images, unit(report))} of {amounts.count(patients, 'patient')}; "
        "validation and test are never balanced or augmented."
    )


def leaks(crossings: Sequence[Leak], *, split: bool, unknown: int) -> str:
    """Return whether anything stands on two sides of the split, as Markdown.

    `unknown`: samples without a patient.
    """
    if not split:
        return NO_SPLIT
    if crossings:
        return _leaking(crossings)
    if not unknown:
        return NO_LEAK
    without = amounts.count(unknown, "sample has", "samples have")
    return f"{NO_LEAK} {without} no patient: for those, checked by duplicates only."


def _leaking(crossings: Sequence[Leak]) -> str:
    affected = amounts.count(len(crossings), "patient or photograph", "patients or photographs")
    lines = [
        f"**Leak:** {affected} on two sides of the split. Training refuses it until it is mended "
        "or allowed.\n"
    ]
    for leak in crossings[:SHOWN_LEAKS]:
        files = ", ".join(leak.files[:SHOWN_FILES])
        rest = len(leak.files) - SHOWN_FILES
        more = f" and {rest} more" if rest > 0 else ""
        lines.append(f"- {events.md(leak.patient or 'unknown patient')}: {events.md(files)}{more}")
    if len(crossings) > SHOWN_LEAKS:
        lines.append(f"- and {len(crossings) - SHOWN_LEAKS} more")
    return "\n".join(lines)
