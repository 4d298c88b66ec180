"""Which runs' figures can be ranked: those that rest on what the newest run was measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.types import Evaluation, Run, RunId
from storage.runs import comparability
from storage.runs.comparability import Difference, Measured
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Apart:
    """The figures that cannot be ranked with the others, and what they are measured against."""

    newest: int | None
    """Number of the run that says what counts; None: nothing was measured."""
    runs: Mapping[RunId, Difference]


def figure(run: Run) -> Evaluation | None:
    """Return the evaluation that a run is ranked by: validation, or else out of fold."""
    return run.evaluations.get("validation") or run.evaluations.get("out_of_fold")


class Ranking:
    """Compares what runs were measured on; that never changes, so that it is computed once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[tuple[Measured, Measured], Difference] = {}

    def apart(self, runs: Sequence[Run]) -> Apart:
        """Return which runs were measured with other labels, or on other images, than the newest.

        A leaking run, or one of a published protocol, is no measure for the others.
        """
        measured = {run.id: basis for run in runs if (basis := _measured(run)) is not None}
        ranked = [run for run in runs if run.id in measured]
        honest = [run for run in ranked if not run.leaky and not run.config.get("recipe")]
        newest = max(honest or ranked, key=lambda run: run.number, default=None)
        if newest is None:
            return Apart(newest=None, runs={})
        differences = {
            run.id: self._difference(measured[run.id], measured[newest.id]) for run in ranked
        }
        apart = {
            run: difference
            for run, difference in differences.items()
            if difference.labels or difference.images
        }
        return Apart(newest=newest.number, runs=apart)

    def _difference(self, first: Measured, other: Measured) -> Difference:
        if first == other:
            return Difference(labels=0, images=0)
        if (first, other) not in self._known:
            with self._workspace.read() as session:
                self._known[first, other] = comparability.difference(session, first, other)
        return self._known[first, other]


def ordered(runs: Sequence[Run], apart: Apart) -> list[Run]:
    """Return runs with what can be ranked first, in its order; then the others' figures; then none.

    Runs that have not ended stay in front.
    """
    return sorted(runs, key=lambda run: _place(run, apart))


def _place(run: Run, apart: Apart) -> int:
    if run.id in apart.runs:
        return 1
    return 2 if run.finished is not None and figure(run) is None else 0


def _measured(run: Run) -> Measured | None:
    evaluation = figure(run)
    return None if evaluation is None else Measured(run=run.id, split=evaluation.split)
