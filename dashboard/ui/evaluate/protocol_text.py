"""A reproduced protocol in words: an offer, two runs under way, what the leak is worth."""

from collections.abc import Mapping
from pathlib import PurePath

from core.settings import limits
from core.settings.config import TrainConfig
from core.types import Run, RunId, RunStatus
from dashboard.services.runs import run_labels
from dashboard.services.runs.progress import LiveRun
from dashboard.services.runs.protocol import Compared, Cost, Pair, Side
from dashboard.ui.shared import amounts
from dashboard.ui.shared.events import md

TITLE = "## What is a leak worth?"
RECIPE = (
    "The poster that this product starts from reports 93 % accuracy. Its recipe: 224 pixels in "
    "[0, 1]; rotation, brightness shift, zoom and horizontal flip of the rarer classes up to the "
    "largest; then images, copies included, dealt 80/20 into training and test and 80/20 again "
    "for validation; MobileNet, transfer learning, cross-entropy, Adam. Here the same network with "
    "the same settings is trained twice: as published, and split by patient with copies of "
    "training photographs only."
)
REPRODUCE = "Reproduce the poster's protocol"
AGAIN = "Reproduce it again"
_WEIGHTS = {"imagenet": "ImageNet weights", "random": "random weights"}


def network(settings: TrainConfig, like: Run | None) -> str:
    """Return which network is trained, from which weights, and which run it is taken from."""
    weights = _WEIGHTS.get(settings.init, PurePath(settings.init).name)
    same = "" if like is None else f", as run {like.number}"
    return f"Network: {limits.network_name(settings.backbone)} from {weights}{same}."


def duration(cost: Cost) -> str:
    """Return how long both runs take."""
    if cost.seconds is not None:
        return f"Both take at most about {amounts.duration(cost.seconds)} on this machine."
    if cost.measuring:
        return "How long both take here is being measured."
    return "How long it takes is said as soon as the first run has begun."


def start_question(with_what: str, cost: Cost) -> str:
    """Return what is said before both runs are queued."""
    return (
        f"Two runs are queued. {with_what} {duration(cost)} The data set stays as it is: copies "
        "exist only inside the runs."
    )


def show_question(pair: Pair) -> str:
    """Return what is said before both test scores are opened."""
    honest = pair.honest
    return (
        "Both runs are shown by their test score. Opening test is counted; for run "
        f"{honest.number} it has been opened {amounts.count(honest.test_opened, 'time')} so far."
    )


def progress(pair: Pair, live: Mapping[RunId, LiveRun]) -> str:
    """Return how far both runs are, a line each, as Markdown."""
    return "\n".join(f"- {md(_how_far(run, live.get(run.id)))}" for run in pair.both)


def ended(pair: Pair) -> str:
    """Return that both runs have ended, or why there are no two scores, as Markdown."""
    numbers = f"{pair.published.number} (as published) and {pair.honest.number} (by patient)"
    if pair.measured:
        return f"Runs {numbers} have ended."
    words = " ".join(run.message for run in pair.both if run.message)
    return f"> **Attention.** Runs {numbers} gave no two scores. {md(words)}".strip()


def scores(compared: Compared) -> str:
    """Return what the leak is worth and what both tests share with training, as Markdown."""
    published, honest = compared.published, compared.honest
    shared = " ".join(
        part
        for part in (copies(published), patients(published), copies(honest), unlike(compared))
        if part
    )
    printed = (
        "The poster has none of these classes, so nothing printed stands beside them."
        if compared.printed is None
        else "The poster prints neither intervals nor how many images and patients."
    )
    return (
        f"### {md(finding(compared))}\n\n{md(shared)}\n\n{_column(published)} {_column(honest)} "
        f"{printed} Intervals: 95{amounts.NBSP}%, bootstrap by patient; of a difference (in "
        f"percentage points) from both. Grey: fewer than {amounts.FEW} images by patient."
    )


def finding(compared: Compared) -> str:
    """Return in one sentence what the leak is worth."""
    gap = compared.gap["balanced_accuracy"]
    published, honest = (
        amounts.percent(side.test.balanced_accuracy.value)
        for side in (compared.published, compared.honest)
    )
    same = f"the same network scores {published} as published and {honest} on new patients"
    measured = (
        f"{amounts.points(gap.value)} points of balanced accuracy "
        f"(95{amounts.NBSP}%: {amounts.points_interval(gap.low, gap.high)})"
    )
    if gap.low > 0:
        return f"The leak is worth {measured}: {same}."
    if gap.high < 0:
        return f"Here the leaky run scores lower, by {measured}: {same}."
    return f"The leak cannot be told from chance here, {measured}: {same}."


def unlike(compared: Compared) -> str:
    """Return which classes stand in one of the tests alone; nothing where there are none."""
    pairs = zip(
        compared.names,
        compared.published.test.classes,
        compared.honest.test.classes,
        strict=True,
    )
    alone = [name for name, row, other in pairs if bool(row.images) != bool(other.images)]
    if not alone:
        return ""
    return (
        f"The two tests do not hold the same classes: {', '.join(alone)} stands in one of them "
        "alone. Balanced accuracy and macro-F1 are means over the classes that a test holds, so "
        "that the difference is not of the leak alone."
    )


def copies(side: Side) -> str:
    """Return how many test images stand in training, too, as another version."""
    return (
        f"{_way(side.run)}, {side.shared.copied:,} of "
        f"{amounts.count(side.shared.test, 'test image')} "
        f"{'has a copy of itself' if side.shared.copied == 1 else 'have a copy of themselves'} in "
        "training."
    )


def patients(side: Side) -> str:
    """Return how many test images show a patient of training, and how many are photographs."""
    return (
        f"{side.shared.patients:,} show a patient who stands in training; the "
        f"{amounts.count(side.shared.test, 'image')} are versions of "
        f"{amounts.count(side.shared.photographs, 'photograph')}."
    )


def _way(run: Run) -> str:
    return "As published" if run.leaky else "By patient"


def _column(side: Side) -> str:
    stamps = ", ".join(["", *run_labels.stamps(side.run)])
    return (
        f"{_way(side.run)}: run {side.run.number}{stamps}, "
        f"{amounts.count(side.test.images, 'image')} of "
        f"{amounts.count(side.test.patients, 'patient')}."
    )


def _how_far(run: Run, live: LiveRun | None) -> str:
    way = "as published" if run.leaky else "by patient"
    words = f"Run {run.number} ({way}): {run.status.value}"
    if run.status is RunStatus.RUNNING and live is not None:
        if live.epochs:
            words += f", {live.epochs_done} of {live.epochs[-1].total} epochs done"
        if live.latest is not None and live.latest.seconds_left is not None:
            words += f", at most {amounts.duration(live.latest.seconds_left)} left"
    elif run.status in (RunStatus.PAUSED, RunStatus.INTERRUPTED):
        words += "; resume or hide it in Train"
    elif run.status not in run_labels.ALIVE and run.message:
        words += f". {run.message}"
    return words
