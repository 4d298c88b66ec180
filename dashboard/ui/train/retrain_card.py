"""The setting that lets the workspace train again by itself."""

from dashboard.services.runs import retraining
from dashboard.services.runs.retraining import Retraining
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

SENTENCE = (
    "With the settings of the newest run that does not leak, never while another one is under way; "
    "the new model is used only when you say so."
)


def html(found: Retraining, problem: str = "") -> str:
    """Return the switch with its number, how far it is, and why the last one did not start."""
    told = markup.notice("bad", problem, testid="retrain-problem") if problem else ""
    on = found.after is not None
    return (
        '<form class="card stack retrain" data-testid="retrain"><div class="row">'
        '<label class="agree"><input type="checkbox" name="on" data-testid="retrain-on"'
        f"{' checked' if on else ''}> <span>Train again by itself after</span></label>"
        '<input type="number" name="after" aria-label="Changed samples" '
        f'min="{retraining.FEWEST}" max="{retraining.MOST}" step="1" '
        f'value="{found.after or retraining.USUAL}" inputmode="numeric" '
        f'data-testid="retrain-after"> changed samples</div><p class="quiet">{SENTENCE}</p>'
        f'<p class="quiet" data-testid="retrain-now">{text(_now(found))}</p>{told}</form>'
    )


def _now(found: Retraining) -> str:
    if found.like is None:
        return "It begins to count when a first run has ended."
    done = markup.count(found.changed, "sample")
    said = f"{done} changed since the newest run."
    if found.after is None:
        return said
    return f"{said} The next one takes the settings of run {found.like.number}."
