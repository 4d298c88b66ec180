"""Two runs side by side: settings, samples, versions, and who is right on the same patients."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import AppError, JobFailed
from core.jobs import spec_difference
from core.jobs.job_spec import JobSpec
from core.jobs.spec_difference import Change, DataDifference
from core.types import Difference, Metric, Run, SampleId
from dashboard.services.curation import paired_runs
from dashboard.services.runs import run_details
from storage.runs import runs, sample_predictions
from storage.samples import samples
from storage.workspace.folder import Workspace

SPLITS = ("validation", "out_of_fold", "test")
METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
_UNCHANGING = ("train_rate", "forward_rate")
"""Of the hardware: measured again on every machine, and no setting."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A metric of both runs, each on the labels that it was measured with."""

    name: str
    before: Metric | None
    after: Metric | None


@dataclass(frozen=True, kw_only=True)
class RunDifference:
    """What the second run has otherwise than the first."""

    before: Run
    after: Run
    settings: tuple[Change, ...]
    versions: tuple[Change, ...]
    """Of packages and of the machine; empty where a run has not got so far."""
    data: DataDifference | None
    """None where a job file is gone."""
    files: Mapping[SampleId, str]
    """File names of the samples that differ."""
    on: str
    """The split that the metrics are of."""
    metrics: tuple[Pair, ...]
    paired: Difference | None
    """Balanced accuracy on the images of both, with the labels that these have now."""
    why_not: str
    """Why there is no paired difference; empty where there is one."""


def between(workspace: Workspace, before: Run, after: Run, on: str = "validation") -> RunDifference:
    """Return what differs; on test each run whose scores are shown is counted as opened.

    Raises AppError for one run twice, or for a split that is none.
    """
    _check(before, after, on)
    if on == "test":
        _count_opening(workspace, before, after)
    details = [run_details.read(workspace, run) for run in (before, after)]
    machines = [
        {
            **described.versions,
            **{k: v for k, v in described.hardware.items() if k not in _UNCHANGING},
        }
        for described in details
    ]
    data = _data(workspace, before, after)
    paired, why_not = _paired(workspace, before, after, on)
    return RunDifference(
        before=before,
        after=after,
        settings=spec_difference.values(_given(before), _given(after)),
        versions=spec_difference.values(*machines) if all(machines) else (),
        data=data,
        files={} if data is None else _files(workspace, data),
        on=on,
        metrics=tuple(_pair(name, before, after, on) for name in METRICS),
        paired=paired,
        why_not=why_not,
    )


def _check(before: Run, after: Run, on: str) -> None:
    if on not in SPLITS:
        raise AppError(
            f"There is no split called '{on}'.",
            title="Unknown split",
            hint=f"Choose one of {', '.join(SPLITS)}.",
        )
    if before.id == after.id:
        raise AppError(
            f"Run {before.number} cannot be compared with itself.",
            title="Nothing to compare",
            hint="Choose two runs.",
        )


def _count_opening(workspace: Workspace, *shown: Run) -> None:
    """Note that the test scores of those runs that have some are looked at."""
    with workspace.transaction() as session:
        for run in shown:
            if "test" in run.evaluations:
                runs.count_test_opening(session, run.id)


def _given(run: Run) -> dict[str, object]:
    """Return what a person chose; of a weights file only its name."""
    init = str(run.config.get("init", "")).rpartition("/")[2]
    return {
        **run.config,
        "init": init,
        "split": run.split_kind,
        "split_version": run.split_version,
        "labels_of": None if run.as_of is None else run.as_of.isoformat(timespec="seconds"),
    }


def _data(workspace: Workspace, before: Run, after: Run) -> DataDifference | None:
    try:
        specs = [JobSpec.read(workspace.runs / run.id) for run in (before, after)]
    except JobFailed:
        return None
    return spec_difference.data(*specs)


def _files(workspace: Workspace, data: DataDifference) -> dict[SampleId, str]:
    relabelled, moved = (
        [change.sample for change in data.relabelled],
        [change.sample for change in data.moved],
    )
    wanted = [*data.added, *data.removed, *relabelled, *moved]
    with workspace.read() as session:
        return {sample.id: sample.file for sample in samples.many(session, wanted)}


def _pair(name: str, before: Run, after: Run, on: str) -> Pair:
    measured = [run.evaluations.get(on) for run in (before, after)]
    first, second = (
        None if evaluation is None else getattr(evaluation, name) for evaluation in measured
    )
    return Pair(name=name, before=first, after=second)


def _paired(
    workspace: Workspace, before: Run, after: Run, on: str
) -> tuple[Difference | None, str]:
    missing = [run.number for run in (before, after) if on not in run.evaluations]
    if missing:
        named = " and ".join(map(str, missing))
        who = f"Runs {named} were" if len(missing) > 1 else f"Run {named} was"
        return None, f"{who} not measured on {on.replace('_', '-')}."
    if before.split_version != after.split_version:
        return None, (
            f"Their patients differ: they stand on split versions {before.split_version} and "
            f"{after.split_version}."
        )
    with workspace.read() as session:
        everything = {sample.id: sample for sample in samples.everything(session)}
        tops = [
            {
                row.sample: row.predicted
                for row in sample_predictions.read(session, run.id)
                if row.split == on
            }
            for run in (before, after)
        ]
    difference = paired_runs.paired(tops[0], tops[1], everything)
    return difference, "" if difference else "No labelled image is left that both were measured on."
