"""A training run while it runs: how far, how long yet, two curves, stop; and how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.settings.config import EPOCH_VIEWS
from core.types import Run, RunStatus
from dashboard.services.runs.progress import LiveRun
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table, training_curves

ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
TRAINING = "Training"
"""The stage of `core.jobs.job_spec`'s batch events that belongs to an epoch."""
ASKED = {"stop": "Stopping after this batch", "pause": "Pausing after this batch"}
DETAILS = (
    '<button type="button" class="button" data-details aria-haspopup="dialog" '
    'data-testid="live-details">Details</button>'
)
POLL_ALIVE = 1000
POLL_IDLE = 5000

Event = Mapping[str, Any]


def html(
    run: Run,
    now: LiveRun,
    *,
    name: str,
) -> str:
    """Return the panel of one run, that has said `now`; `name` is the network as people call it.

    `data-poll` says after how many milliseconds the browser asks again.
    """
    epochs = now.epochs
    alive = run.status in ALIVE
    title = f"Run {run.number} · {name} · {run_table.effort(run)}"
    said = "".join(f"<li>{text(message)}</li>" for message in now.messages[-3:])
    # A search trains on folds alone: it has no epochs that are measured.
    total = 0 if run.config.get("search") else planned(run, epochs)
    curves = training_curves.html(epochs, total, alive=alive, images=now.images)
    return (
        f'<section class="card stack live" data-testid="live-curve" data-context '
        f'data-run="{text(run.id)}" data-status="{run.status.value}" '
        f'data-epochs-done="{done(epochs)}" data-poll="{POLL_ALIVE if alive else POLL_IDLE}">'
        f'<div class="spread"><h2>{text(title)}</h2>'
        f'<div class="row">{_buttons(run, now.asked)}{DETAILS}</div></div>'
        f"{_progress(run, now) if alive else _ending(run)}"
        f"{f'<ul class=messages>{said}</ul>' if said else ''}"
        f"{curves}</section>"
    )


def _buttons(run: Run, asked: str) -> str:
    kept = "trials" if run.config.get("search") else "best"
    stop = markup.button(f"Stop and keep the {kept}", "stop", testid="train-stop")
    resume = markup.button("Resume", "resume", primary=True, testid="train-resume")
    if run.status is RunStatus.RUNNING:
        # One that has been asked already does it after its current batch.
        pause = markup.button("Pause", "pause", testid="train-pause", disabled=bool(asked))
        return pause + (stop.replace("<button", "<button disabled", 1) if asked == "stop" else stop)
    if run.status is RunStatus.QUEUED:
        return markup.button("Take out of the queue", "stop", testid="train-stop")
    if run.status is RunStatus.PAUSED:
        return resume + (stop if run.epochs_done or run.config.get("search") else "")
    if run.status is RunStatus.INTERRUPTED:
        return resume + markup.button(
            "Resume with half the batch", "resume_half", testid="train-resume-half"
        )
    if run.status is RunStatus.FAILED:
        return resume
    if not run.evaluations:
        return ""
    return (
        '<button type="button" class="button" data-tab="Evaluate" '
        f'data-run="{text(run.id)}" data-testid="see-where">See where it is wrong</button>'
    )


def done(epochs: Sequence[Event]) -> int:
    """Return how many epochs have ended; number 0 is the head fitted before the first."""
    return max((int(event["epoch"]) for event in epochs), default=0)


def planned(run: Run, epochs: Sequence[Event]) -> int:
    """Return how many epochs the run may last at most."""
    told = epochs[-1].get("epochs") if epochs else None
    return int(told or run.all_epochs)


def share_done(run: Run, epochs: Sequence[Event], batch: Event | None) -> float:
    """Return how much of the planned training, or of a step around it, is done, in [0, 1]."""
    part = float(batch["done"]) / float(batch["total"]) if batch and batch.get("total") else 0.0
    total = planned(run, epochs)
    if not total or (batch and batch.get("stage", TRAINING) != TRAINING):
        return min(part, 1.0)
    begun = batch is not None and int(batch.get("epoch", 0)) > done(epochs)
    return min((done(epochs) + (part if begun else 0.0)) / total, 1.0)


def _progress(run: Run, now: LiveRun) -> str:
    epochs, batch = now.epochs, now.batch
    if run.status is RunStatus.QUEUED:
        return '<p class="quiet" data-testid="live-words">Waiting until the run before it ends.</p>'
    share = share_done(run, epochs, batch)
    words = [ASKED[now.asked]] if now.asked else []
    words.append(_step(run, epochs, batch))
    latest = batch or (epochs[-1] if epochs else None)
    if latest and latest.get("images_per_second"):
        words.append(f"{markup.number(float(latest['images_per_second']))} images per second")
    if latest and latest.get("seconds_left") is not None:
        words.append(f"at most {markup.duration(float(latest['seconds_left']))} left")
    return (
        f'<p data-testid="live-words">{text(" · ".join(words))}</p>'
        f'<div class="meter" role="progressbar" aria-label="Training" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * share:.0f}">'
        f'<i style="width:{100 * share:.1f}%"></i></div>'
    )


def _step(run: Run, epochs: Sequence[Event], batch: Event | None) -> str:
    """Return what is being done now: an epoch, or a step before or after the epochs."""
    total = planned(run, epochs)
    if batch and batch.get("stage", TRAINING) != TRAINING:
        return f"{batch['stage']}: {batch['done']} of {batch['total']}"
    if not batch and not epochs:
        return "Starting"
    return f"epoch {min(done(epochs) + 1, total)} of {total}" if total else "Fitting the last layer"


def _ending(run: Run) -> str:
    if run.status is RunStatus.PAUSED:
        return markup.notice("note", run.message, testid="run-message")
    if run.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
        return markup.notice(
            "bad", run.message or "It ended without a result.", testid="run-message"
        )
    if not run.evaluations:
        return markup.notice("note", run.message or "It ended.", testid="run-message")
    verb = "Stopped; the best epoch is kept." if run.status is RunStatus.STOPPED else "Finished."
    parts = [verb]
    measured = run.evaluations.get("validation")
    if measured:
        parts.append(
            f"Validation balanced accuracy {markup.percent(measured.balanced_accuracy.value)} "
            f"(95{markup.NBSP}%: {markup.interval(measured.balanced_accuracy)}; "
            f"{markup.count(measured.images, 'image')}, "
            f"{markup.count(measured.patients, 'patient')}){_views(run)}."
        )
    if run.message:
        parts.append(run.message)
    leaky = " Leaky split: these numbers flatter it." if run.leaky else ""
    return markup.notice(
        "bad" if run.leaky else "good", " ".join(parts) + leaky, testid="run-message"
    )


def _views(run: Run) -> str:
    """Return why this figure is not that of the curves, where it is not."""
    views = int(run.config.get("views", 1))
    if not run.config.get("epochs") or views <= EPOCH_VIEWS:
        return ""
    return f", of {views} views of an image; the curves look at {EPOCH_VIEWS}"


def queue(waiting: Sequence[Run]) -> str:
    """Return the runs that start after this one, each of which can be taken out again."""
    if not waiting:
        return ""
    items = "".join(
        f"<li><span>Run {run.number} · {text(run_table.effort(run))}</span> "
        f"{_sooner(run) if place else ''}"
        f"{markup.button('Take out', 'stop', run=run.id, testid='queue-remove')}</li>"
        for place, run in enumerate(sorted(waiting, key=lambda run: run.place))
    )
    return f'<ul class="queue" data-testid="queue"><li class="quiet">Waiting</li>{items}</ul>'


def _sooner(run: Run) -> str:
    return markup.button("Sooner", "sooner", run=run.id, testid="queue-sooner")
