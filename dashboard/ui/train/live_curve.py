"""A training run while it runs: how far, how long yet, two curves, stop; and how it ended."""

from collections.abc import Sequence

from core.types import Run, RunStatus
from dashboard.services.runs import progress, run_labels
from dashboard.services.runs.progress import LiveRun
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import live_words, training_curves

ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
DETAILS = (
    '<button type="button" class="button" data-details aria-haspopup="dialog" '
    'data-testid="live-details">Details</button>'
)
POLL_ALIVE = 1000
POLL_IDLE = 5000


def html(run: Run, now: LiveRun) -> str:
    """Return the panel of one run, that has said `now`.

    `data-poll` says after how many milliseconds the browser asks again.
    """
    epochs = now.epochs
    alive = run.status in ALIVE
    title = live_words.title(run)
    said = "".join(f"<li>{text(message)}</li>" for message in now.messages[-3:])
    total = progress.planned(run, now)
    curves = training_curves.html(epochs, total, alive=alive, images=now.images)
    return (
        f'<section class="card stack live" data-testid="live-curve" data-context '
        f'data-run="{text(run.id)}" data-status="{run.status.value}" '
        f'data-epochs-done="{now.epochs_done}" data-poll="{POLL_ALIVE if alive else POLL_IDLE}">'
        f'<div class="spread"><h2>{text(title)}</h2>'
        f'<div class="row">{_buttons(run, now.requested)}{DETAILS}</div></div>'
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


def _progress(run: Run, now: LiveRun) -> str:
    words = text(live_words.how_far(run, now))
    if run.status is RunStatus.QUEUED:
        return f'<p class="quiet" data-testid="live-words">{words}</p>'
    share = progress.share_done(run, now)
    return (
        f'<p data-testid="live-words">{words}</p>'
        f'<div class="meter" role="progressbar" aria-label="Training" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * share:.0f}">'
        f'<i style="width:{100 * share:.1f}%"></i></div>'
    )


def _ending(run: Run) -> str:
    kind = "good"
    if run.status in (RunStatus.FAILED, RunStatus.INTERRUPTED) or run.leaky:
        kind = "bad"
    elif run.status is RunStatus.PAUSED or not run.evaluations:
        kind = "note"
    return markup.notice(kind, live_words.ending(run), testid="run-message")


def queue(waiting: Sequence[Run]) -> str:
    """Return the runs that start after this one, each of which can be taken out again."""
    if not waiting:
        return ""
    items = "".join(
        f"<li><span>Run {run.number} · {text(run_labels.effort(run))}</span> "
        f"{_sooner(run) if place else ''}"
        f"{markup.button('Take out', 'stop', run=run.id, testid='queue-remove')}</li>"
        for place, run in enumerate(sorted(waiting, key=lambda run: run.place))
    )
    return f'<ul class="queue" data-testid="queue"><li class="quiet">Waiting</li>{items}</ul>'


def _sooner(run: Run) -> str:
    return markup.button("Sooner", "sooner", run=run.id, testid="queue-sooner")
