"""Which run on which split is shown: what an address asks for, and what there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import ClassInfo, Evaluation, Run, RunStatus

_ENDED = (RunStatus.FINISHED, RunStatus.STOPPED)
SPLITS = ("validation", "out_of_fold", "test")
"""In the order in which they are offered; test is never opened by itself."""


@dataclass(frozen=True)
class Chosen:
    """A run and the split whose evaluation is shown."""

    run: Run
    split: str

    @property
    def evaluation(self) -> Evaluation:
        """What was measured."""
        return self.run.evaluations[self.split]


def measured(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that have ended with an evaluation, in their order."""
    return [run for run in runs if run.status in _ENDED and run.evaluations]


def splits(run: Run) -> list[str]:
    """Return the splits that a run was measured on."""
    return [split for split in SPLITS if split in run.evaluations]


def choose(runs: Sequence[Run], run: str = "", split: str = "") -> Chosen | None:
    """Return the run asked for, else the active one, else the first of `runs`; None without any.

    A split that the run was not measured on becomes the first that it was.
    """
    if not runs:
        return None
    wanted = next((candidate for candidate in runs if candidate.id == run), None)
    chosen = wanted or next((candidate for candidate in runs if candidate.active), runs[0])
    offered = splits(chosen)
    return Chosen(chosen, split if split in offered else offered[0])


def fullest_mistake(confusion: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Return row and column of the fullest cell off the diagonal, where a look pays first."""
    cells = [
        (n, -row, -column)
        for row, line in enumerate(confusion)
        for column, n in enumerate(line)
        if row != column and n
    ]
    if not cells:
        return (0, 0)
    _, row, column = max(cells)
    return (-row, -column)


def classes_of(run: Run, classes: Sequence[ClassInfo]) -> list[ClassInfo]:
    """Return a run's own classes in its own order, with the names that hold now."""
    info_of = {info.id: info for info in classes}
    return [
        info_of.get(class_id)
        or ClassInfo(id=class_id, name=f"removed {class_id}", code="??", key="", colour="#888888")
        for class_id in run.classes
    ]
