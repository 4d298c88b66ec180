"""The trials of a search, best first, each with what it gains over the settings as given."""

from collections.abc import Sequence

from core.jobs.trials import Trial
from core.types import Metric, Run, RunStatus
from dashboard.services.runs.progress import LiveRun
from dashboard.ui.shared import markup, report_table
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table
from dashboard.ui.train.train_form import BALANCES

COLUMNS = (
    "Trial",
    "Balanced accuracy",
    "Gain, points",
    "Macro-F1",
    "Learning rate",
    "Frozen stages",
    "Balancing",
    "Augmentation",
    "",
)
POLL = 2000
_ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


def html(run: Run, found: Sequence[Trial], live: LiveRun) -> str:
    """Return the card of a search; `found` are its finished trials in the order to be shown."""
    alive = run.status in _ALIVE
    values = markup.attributes(
        {"data-poll": POLL if alive else None, "data-run": run.id, "data-testid": "search-trials"}
    )
    return (
        f'<section class="card stack" data-context{values}><div class="spread">'
        f"<h2>{text(_title(run, found))}</h2>{run_table.stamps(run)}</div>"
        f'<p class="quiet">{text(_words(run, found, live))}</p>{_table(run, found)}</section>'
    )


def earlier(searches: Sequence[tuple[Run, Sequence[Trial], LiveRun]]) -> str:
    """Return other searches folded up, each under what it has found; nothing without any."""
    if not searches:
        return ""
    folded = "".join(
        f"<details><summary>Run {run.number}: {text(_title(run, found))}</summary>"
        f'<div class="stack"><p class="quiet">{text(_words(run, found, live))}</p>'
        f"{_table(run, found)}</div></details>"
        for run, found, live in searches
    )
    return (
        '<section class="card stack" data-testid="earlier-searches"><h3>Other searches</h3>'
        f"{folded}</section>"
    )


def _title(run: Run, found: Sequence[Trial]) -> str:
    """Return what has been found: the best trial, and whether it beats what was given."""
    if not found:
        return f"Search of run {run.number}"
    first = found[0]
    if first.diverged:
        return "No network learned: the loss of every trial stopped being a number."
    score = f"trial {first.number + 1} recognises {markup.percent(first.balanced_accuracy.value)}"
    if len(found) == 1:
        many = "One trial so far, the" if run.status in _ALIVE else "Only the"
        return f"{many} settings as given: {score} of a class's images."
    if first.number == 0:
        return f"Nothing beats the settings as given: {score} of a class's images."
    sure = first.gain is not None and first.gain.low > 0
    return f"{'Better' if sure else 'Not surely better'} than given: {score} of a class's images."


def _words(run: Run, found: Sequence[Trial], live: LiveRun) -> str:
    parts = [f"Run {run.number}: {len(found)} of {run.config.get('search')} trials done."]
    if found and found[0].diverged:
        parts.append("Search again from a smaller learning rate.")
    elif found:
        parts.append(
            f"n = {markup.count(found[0].images, 'image')} of "
            f"{markup.count(found[0].patients, 'patient')} in train and validation, each scored by "
            "a network that has not seen its patient; test is not looked at. The best of several "
            "looks better than it is: its score was used to choose it."
        )
    step = live.step
    if run.status is RunStatus.RUNNING and step is not None and step.seconds_left is not None:
        parts.append(f"{step.stage}, {markup.duration(step.seconds_left)} left.")
    return " ".join(parts)


def _table(run: Run, found: Sequence[Trial]) -> str:
    if not found:
        return ""
    heads = "".join(
        f'<th scope="col">{head or "<span class=hidden>Actions</span>"}</th>' for head in COLUMNS
    )
    rows = "".join(_row(run, one, best=place == 0) for place, one in enumerate(found))
    return (
        '<div class="scroll"><table class="trials" data-testid="trials-table"><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="quiet">Small figures: 95{markup.NBSP}% interval, bootstrap by patient; gains '
        "are paired, and their intervals hold for all trials together.</p>"
    )


def _row(run: Run, one: Trial, *, best: bool) -> str:
    use = markup.button(
        "Train with these settings",
        "train-trial",
        primary=best,
        run=run.id,
        trial=one.number,
        testid="train-trial",
    )
    given = " <small>as given</small>" if one.number == 0 else ""
    cells = (
        "diverged"
        if one.diverged
        else f"{markup.metric(one.balanced_accuracy)}{report_table.track(one.balanced_accuracy)}",
        _gain(one.gain),
        markup.metric(None if one.diverged else one.macro_f1),
        f"{one.settings['learning_rate']:g}",
        text(str(one.settings["frozen_stages"])),
        text(_balance(str(one.settings["balance"]))),
        text(str(one.settings["augmentation"])),
        "" if one.diverged else use,
    )
    body = "".join(
        f'<td data-label="{head}">{cell}</td>'
        for head, cell in zip(COLUMNS[1:], cells, strict=True)
    )
    return (
        f'<tr data-testid="trial-row" data-trial="{one.number}">'
        f'<th scope="row">{one.number + 1}{given}</th>{body}</tr>'
    )


def _balance(value: str) -> str:
    return next((label for method, label in BALANCES.items() if method.value == value), value)


def _gain(gain: Metric | None) -> str:
    if gain is None:
        return markup.metric(None)
    return (
        f'<span class="value">{100 * gain.value:+.1f}</span> <span class="interval">'
        f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}</span>"
    )
