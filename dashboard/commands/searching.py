"""The output of a search that has ended: its trials, then the run with the best settings."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import typer

from core.errors import AppError
from core.jobs.trials import Trial, best
from core.types import Run, RunStatus
from dashboard.commands import following, output
from dashboard.services.runs import searches

if TYPE_CHECKING:
    from dashboard.services.runs.trainer import Trainer


def finish(
    trainer: "Trainer",
    run: Run,
    trials: Sequence[Trial],
    train: Callable[[int], Run],
    *,
    as_json: bool,
) -> None:
    """Train with the settings of a search's best trial; a stopped search only prints its trials.

    `train` trains with the settings of the trial of a number, to the end. Raises AppError where
    the search has not ended, or has no trial to show.
    """
    from dashboard.schemas.documents.training import SearchDocument, SearchedRun, StoppedSearch

    if not trials:
        raise AppError(
            run.message or f"{run.id} has no finished trial.",
            title=f"Search {run.status}",
            hint=f"`ai-mpox resume {run.id}` goes on where it was interrupted.",
        )
    if run.status not in (RunStatus.FINISHED, RunStatus.STOPPED):
        raise AppError(
            f"{run.message} Finished trials that are kept: {len(trials)}.".strip(),
            title=f"Search {run.status}",
            hint=f"`ai-mpox resume {run.id}` goes on where it was paused or interrupted.",
        )
    if best(trials) is None:
        raise AppError(
            f"All {len(trials)} trials diverged.",
            title="Nothing found",
            hint="Search again from a smaller learning rate.",
        )
    search = SearchDocument.of(run, trials)
    if not as_json:
        _tell(trials)
    if run.status is not RunStatus.FINISHED:
        if as_json:
            output.document(StoppedSearch(search=search))
        output.say(f"{run.message} It was {run.status}; no model was trained.")
        return
    trained = train(search.trials[0].number)
    following.tell(trainer, trained, partial(SearchedRun.of, search=search), as_json=as_json)


def _tell(trials: Sequence[Trial]) -> None:
    ranked = searches.ranked(trials)
    output.table(
        [
            "trial",
            "balanced accuracy",
            "gain",
            "learning rate",
            "frozen",
            "balance",
            "augmentation",
        ],
        [
            [
                trial.number + 1,
                output.metric(trial.balanced_accuracy),
                _gain(trial),
                f"{trial.settings['learning_rate']:g}",
                trial.settings["frozen_stages"],
                trial.settings["balance"],
                trial.settings["augmentation"],
            ]
            for trial in ranked
        ],
    )
    first = ranked[0]
    typer.echo(
        f"n = {first.images} images of {first.patients} patients, out of fold; "
        "the best of several looks better than it is."
    )


def _gain(trial: Trial) -> str:
    if trial.number == 0:
        return "as given"
    return "–" if trial.gain is None else output.points(trial.gain)
