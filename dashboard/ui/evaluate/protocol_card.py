"""The card that reproduces a published protocol: an offer, two runs under way, their scores."""

from collections.abc import Mapping

from core.types import Run, RunStatus
from dashboard.services.runs.progress import LiveRun
from dashboard.services.runs.protocol import Compared, Cost, Pair
from dashboard.ui.evaluate import protocol_table
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

TITLE = "What is a leak worth?"
RECIPE = (
    "The poster that this product starts from reports 93 % accuracy. Its recipe: 224 pixels in "
    "[0, 1]; rotation, brightness shift, zoom and horizontal flip of the rarer classes up to the "
    "largest; then pictures, copies included, dealt 80/20 into training and test and 80/20 again "
    "for validation; MobileNet, transfer learning, cross-entropy, Adam. Here the same network with "
    "the same settings is trained twice: as published, and split by patient with copies of "
    "training photographs only."
)
REPRODUCE = "Reproduce the poster's protocol"
POLL = 2000
_ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
_RESUMABLE = (RunStatus.PAUSED, RunStatus.INTERRUPTED)


def invitation(with_what: str, cost: Cost) -> str:
    """Return the card before the first reproduction."""
    return _card(
        f'<p class="quiet lead">{text(RECIPE)}</p>{_start(with_what, cost)}',
        poll=POLL if cost.measuring else None,
    )


def waiting(pair: Pair, live: Mapping[str, LiveRun]) -> str:
    """Return how far both runs are, while one of them has not ended."""
    lines = "".join(f"<li>{_how_far(run, live.get(run.id))}</li>" for run in pair.both)
    train = markup.go_to("Watch, stop or resume them", "Train", primary=False)
    return _card(
        f'<p class="quiet lead">{text(RECIPE)}</p><ul class="messages" '
        f'data-testid="protocol-progress">{lines}</ul>'
        f'<div class="row">{train}</div>',
        poll=POLL,
    )


def ended(pair: Pair, with_what: str, cost: Cost) -> str:
    """Return the card when both runs have ended: open the scores, or try again."""
    if not pair.measured:
        words = " ".join(run.message for run in pair.both if run.message)
        sentence = f"Runs {pair.published.number} and {pair.honest.number} gave no two scores."
        return _card(
            markup.notice("bad", f"{sentence} {words}".strip(), testid="protocol-failed")
            + _start(with_what, cost)
        )
    honest = pair.honest
    question = (
        f"Both runs are shown by their test score. Opening test is counted; for run "
        f"{honest.number} it has been opened {markup.count(honest.test_opened, 'time')} so far."
    )
    show = markup.button(
        "Show both test scores",
        "show",
        primary=True,
        confirm=question,
        verb="Open test",
        testid="protocol-show",
    )
    return _card(
        f'<p class="quiet lead">{text(RECIPE)}</p>'
        f"<p>Runs {pair.published.number} (as published) and {honest.number} (by patient) have "
        f'ended.</p><div class="row">{show}{_again(with_what, cost)}</div>'
    )


def shown(found: Compared, with_what: str, cost: Cost) -> str:
    """Return the scores side by side, and the offer to do it again."""
    return _card(f'{protocol_table.html(found)}<div class="row">{_again(with_what, cost)}</div>')


def _card(body: str, *, poll: int | None = None) -> str:
    values = markup.attributes({"data-poll": poll, "data-testid": "protocol"})
    return f'<section class="card stack"{values}><h2>{TITLE}</h2>{body}</section>'


def _start(with_what: str, cost: Cost) -> str:
    return (
        f'<div class="row">{_button(REPRODUCE, with_what, cost)}'
        f'<p class="quiet">{text(_cost(with_what, cost))}</p></div>'
    )


def _again(with_what: str, cost: Cost) -> str:
    return _button("Reproduce it again", with_what, cost, primary=False)


def _button(label: str, with_what: str, cost: Cost, *, primary: bool = True) -> str:
    return markup.button(
        label,
        "reproduce",
        primary=primary,
        confirm=f"Two runs are queued. {_cost(with_what, cost)} The data set stays as it is: "
        "copies exist only inside the runs.",
        verb="Train both",
        testid="protocol-start",
    )


def _cost(with_what: str, cost: Cost) -> str:
    if cost.seconds is not None:
        time = f"Both take at most about {markup.duration(cost.seconds)} on this machine."
    elif cost.measuring:
        time = "How long both take here is being measured."
    else:
        time = "How long it takes is said as soon as the first run has begun."
    return f"{with_what} {time}"


def _how_far(run: Run, live: LiveRun | None) -> str:
    way = "as published" if run.leaky else "by patient"
    words = f"Run {run.number} ({way}): {run.status.value}"
    if run.status is RunStatus.RUNNING and live is not None:
        if live.epochs:
            words += f", {live.epochs_done} of {live.epochs[-1].total} epochs done"
        if live.latest is not None and live.latest.seconds_left is not None:
            words += f", at most {markup.duration(live.latest.seconds_left)} left"
    elif run.status in _RESUMABLE:
        words += "; resume or hide it in Train"
    elif run.status not in _ALIVE and run.message:
        words += f". {run.message}"
    return text(words)
