"""A training run in sentences: how far it is, how long yet, how it ended."""

from core.settings.config import EPOCH_VIEWS
from core.types import Run, RunStatus
from dashboard.services.runs import progress, run_labels
from dashboard.services.runs.progress import TRAINING, LiveRun
from dashboard.ui.shared import amounts, events

REQUESTED = {"stop": "Stopping after this batch", "pause": "Pausing after this batch"}
WAITING = "Waiting until the run before it ends."
NO_RUN = (
    "No run yet. Choose how much effort, then train: its curves are drawn here while it learns."
)
SIGNS = {RunStatus.FAILED: "✕", RunStatus.INTERRUPTED: "✕", RunStatus.PAUSED: "‖"}
LAST_MESSAGES = 3


def card(run: Run, live: LiveRun) -> str:
    """Return the panel of a run as Markdown: title, how far it is or how it ended, messages."""
    lines = [f"### {events.md(title(run))}"]
    if run.status in run_labels.ALIVE:
        lines.append(events.md(how_far(run, live)))
    else:
        lines.append(f"> {sign(run)} {events.md(ending(run))}")
    lines += [f"- {events.md(message)}" for message in live.messages[-LAST_MESSAGES:]]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def sign(run: Run) -> str:
    """Return how a run ended in one sign, so that no colour is needed."""
    return "✕" if run.leaky else SIGNS.get(run.status, "✓" if run.evaluations else "i")


def title(run: Run) -> str:
    """Return which run this is."""
    return f"Run {run.number} · {run_labels.network(run)} · {run_labels.effort(run)}"


def how_far(run: Run, live: LiveRun) -> str:
    """Return what a run that has not ended is doing, how fast, and how long yet."""
    if run.status is RunStatus.QUEUED:
        return WAITING
    words = [REQUESTED[live.requested]] if live.requested else []
    words.append(_step(run, live))
    latest = live.latest
    if latest is not None and latest.images_per_second:
        words.append(f"{amounts.number(latest.images_per_second)} images per second")
    if live.seconds_left is not None:
        words.append(f"at most {amounts.duration(live.seconds_left)} left")
    return " · ".join(words)


def _step(run: Run, live: LiveRun) -> str:
    """Return what is being done now: an epoch, or a step before or after the epochs."""
    total, step = progress.planned(run, live), live.step
    if step is not None and step.stage != TRAINING:
        return f"{step.stage}: {step.done} of {step.total}"
    if live.latest is None:
        return "Starting"
    return (
        f"epoch {min(live.epochs_done + 1, total)} of {total}"
        if total
        else "Fitting the last layer"
    )


def ending(run: Run) -> str:
    """Return how a run ended and, where it was measured, how good it is."""
    if run.status in run_labels.RESUMABLE or not run.evaluations:
        return run.message or "It ended without a result."
    parts = ["Stopped; the best epoch is kept."]
    if run.status is not RunStatus.STOPPED:
        parts = ["Finished."]
    measured = run.evaluations.get("validation")
    if measured is not None:
        score = measured.balanced_accuracy
        parts.append(
            f"Validation balanced accuracy {amounts.percent(score.value)} "
            f"(95{amounts.NBSP}%: {amounts.interval(score.low, score.high)}; "
            f"{amounts.count(measured.images, 'image')}, "
            f"{amounts.count(measured.patients, 'patient')}){_views(run)}."
        )
    if run.message:
        parts.append(run.message)
    if run.leaky:
        parts.append("Leaky split: these numbers flatter it.")
    return " ".join(parts)


def _views(run: Run) -> str:
    """Return why this figure is not that of the curves, where it is not."""
    views = int(run.config.get("tta_views", 1))
    if not run.config.get("epochs") or views <= EPOCH_VIEWS:
        return ""
    return f", of {views} views of an image; the curves look at {EPOCH_VIEWS}"
