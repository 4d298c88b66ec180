"""Two runs compared on the images that both predicted, with the labels of now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation import comparison
from core.evaluation.metrics import Answers
from core.types import ClassId, Difference, Run, RunStatus, Sample, SampleId, Split, Status
from storage.runs.sample_predictions import Scored


@dataclass(frozen=True, kw_only=True)
class ComparedRuns:
    """Two runs on the same images, with the labels that these have now."""

    before: int
    after: int
    """Numbers of the runs."""
    split: Split
    test_version: str
    """Of the labels that test has now."""
    same_settings: bool
    """False: what differs is not what curation did alone."""
    difference: Difference


def newest_pair(by_number: Sequence[Run]) -> tuple[Run, Run] | None:
    """Return (before, after): the newest run, and the newest one before it that saw other data.

    One with the same settings is preferred.
    """
    ended = [run for run in by_number if run.status in (RunStatus.FINISHED, RunStatus.STOPPED)]
    # A reproduced recipe is no attempt at a better model.
    honest = [run for run in ended if not run.leaky and not run.config.get("recipe")]
    others = [
        run
        for run in honest[:-1]
        if run.fingerprint != honest[-1].fingerprint
        and run.split_version == honest[-1].split_version
    ]
    alike = [run for run in others if _settings(run) == _settings(honest[-1])]
    return ((alike or others)[-1], honest[-1]) if others else None


def _settings(run: Run) -> dict[str, object]:
    """Return what a run was trained with, but for its seed."""
    return {name: value for name, value in run.config.items() if name != "seed"}


def compare(
    pair: tuple[Run, Run],
    scored: Sequence[Sequence[Scored]],
    everything: Sequence[Sample],
    on: Split,
    test_version: str,
) -> ComparedRuns | None:
    """Compare the runs of a pair on one side of the split; None where they share no image there.

    `scored` are the predictions of either run, `everything` the samples of the workspace.
    """
    now = {sample.id: sample for sample in everything}
    tops = [{row.sample: row.predicted for row in rows if row.split == on.value} for rows in scored]
    difference = paired(tops[0], tops[1], now)
    if difference is None:
        return None
    return ComparedRuns(
        before=pair[0].number,
        after=pair[1].number,
        split=on,
        test_version=test_version,
        same_settings=_settings(pair[0]) == _settings(pair[1]),
        difference=difference,
    )


def paired(
    before: Mapping[SampleId, ClassId],
    after: Mapping[SampleId, ClassId],
    now: Mapping[SampleId, Sample],
) -> Difference | None:
    """Compare on the images that both answered about, with their labels of today."""
    shared = [
        now[sample]
        for sample in before
        if sample in after
        and sample in now
        and now[sample].state.label is not None
        and now[sample].state.status is not Status.EXCLUDED
    ]
    if not shared:
        return None
    used = {sample.state.label for sample in shared} | {
        tops[sample.id] for sample in shared for tops in (before, after)
    }
    column = {
        label: place for place, label in enumerate(sorted(key for key in used if key is not None))
    }
    truth = np.array(
        [column[sample.state.label] for sample in shared if sample.state.label is not None]
    )
    patients = np.array([sample.group for sample in shared])
    given = [
        Answers(
            truth=truth,
            predicted=np.array([column[tops[sample.id]] for sample in shared]),
            patients=patients,
        )
        for tops in (before, after)
    ]
    return comparison.balanced_accuracy(given[0], given[1], len(column))
