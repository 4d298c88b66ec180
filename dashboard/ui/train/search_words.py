"""A search for settings in words: what it has found, how far it is."""

from collections.abc import Sequence

from core.jobs.trials import Trial
from core.types import Run, RunStatus
from dashboard.services.runs import run_labels
from dashboard.services.runs.progress import LiveRun
from dashboard.ui.shared import amounts


def title(run: Run, ranked: Sequence[Trial]) -> str:
    """Return what has been found: the best trial, and whether it beats what was given."""
    if not ranked:
        return f"Search of run {run.number}"
    first = ranked[0]
    if first.diverged:
        return "No network learned: the loss of every trial stopped being a number."
    score = f"trial {first.number + 1} recognises {amounts.percent(first.balanced_accuracy.value)}"
    if len(ranked) == 1:
        trials = "One trial so far, the" if run.status in run_labels.ALIVE else "Only the"
        return f"{trials} settings as given: {score} of a class's images."
    if first.number == 0:
        return f"Nothing beats the settings as given: {score} of a class's images."
    sure = first.gain is not None and first.gain.low > 0
    return f"{'Better' if sure else 'Not surely better'} than given: {score} of a class's images."


def explanation(run: Run, ranked: Sequence[Trial], live: LiveRun) -> str:
    """Return how far the search is, on how many images, and what its figures are worth."""
    parts = [f"Run {run.number}: {len(ranked)} of {run.config.get('search')} trials done."]
    if ranked and ranked[0].diverged:
        parts.append("Search again from a smaller learning rate.")
    elif ranked:
        parts.append(
            f"n = {amounts.count(ranked[0].images, 'image')} of "
            f"{amounts.count(ranked[0].patients, 'patient')} in train and validation, each scored "
            "by a network that has not seen its patient; test is not looked at. The best of "
            "several looks better than it is: its score was used to choose it."
        )
    step = live.step
    if run.status is RunStatus.RUNNING and step is not None and step.seconds_left is not None:
        parts.append(f"{step.stage}, {amounts.duration(step.seconds_left)} left.")
    return " ".join(parts)
