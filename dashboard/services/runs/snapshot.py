"""What a training run sees: a snapshot of the samples, behind the leak gate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from core.data import splits as rules
from core.errors import AppError, LeakingSplit
from core.jobs.job_spec import JobSpec
from core.settings.config import TrainConfig
from core.settings.limits import MIN_FOLDS
from core.types import ClassId, ImageId, JobSample, Leak, Sample, SampleId, Split, Status
from dashboard.services.curation import listing
from dashboard.services.splits import split_versions
from storage.samples import author_folds, classes, samples, splits
from storage.workspace import media
from storage.workspace.folder import Workspace

MIN_CLASSES = 2
SEARCH_FOLDS = 3
"""Folds that a search scores its trials on, unless a person asks for more."""
_NAMED = 3
"""Leaks that a sentence names; the rest is counted."""


def gate(workspace: Workspace, *, allow_leak: bool) -> bool:
    """Return whether the split in use leaks. Raises LeakingSplit unless that is allowed."""
    leaks = split_versions.leaks(workspace)
    if leaks and not allow_leak:
        raise LeakingSplit(
            f"The split leaks: {_sentence(leaks)}.",
            title="Training refused",
            hint="Split by patient, or allow the leak: the run is then stamped leaky and can "
            "never become active.",
        )
    return bool(leaks)


def take(
    workspace: Workspace,
    config: TrainConfig,
    threads: int,
    *,
    as_of: datetime | None = None,
    version: int | None = None,
) -> JobSpec:
    """Return the job for the samples as they are now, or with the labels of a moment.

    Then labels and exclusions are those of that moment, and samples that came later are left
    out; groups and the split are those of now: what has been learnt since about who belongs to
    whom must not be forgotten. Raises AppError when there is too little, or where another split
    than `version` has come into use.
    """
    everything = [
        sample
        for sample in _all(workspace, as_of, version)
        if sample.state.status is not Status.EXCLUDED
    ]
    used = {sample.state.label for sample in everything}
    with workspace.read() as session:
        files = media.files(session, [ImageId(sample.id) for sample in everything])
        listed = [(info.id, info.name) for info in classes.all(session)]
        # A class that has been removed since may have had labels then.
        listed += sorted(set(classes.names(session).items()) - set(listed))
        authors = author_folds.held_out(session) if config.folds_by == "authors" else {}
    sides = {sample.id: _side(sample, config) for sample in everything}
    folds, config = _folds(everything, sides, authors, config)
    job_samples = tuple(
        JobSample(
            id=sample.id,
            path=f"media/{files[ImageId(sample.id)]}",
            label=sample.state.label,
            split=sides[sample.id],
            group=sample.group,
            fold=folds.get(sample.id),
        )
        for sample in everything
    )
    _check(job_samples)
    return JobSpec(
        kind="search" if config.search else "train",
        classes=tuple(entry for entry in listed if entry[0] in used),
        samples=job_samples,
        config=config,
        threads=threads,
    )


def _all(workspace: Workspace, as_of: datetime | None, version: int | None) -> list[Sample]:
    with workspace.read() as session:
        now, current = samples.everything(session), splits.current(session)
    if version is not None and (current is None or current.number != version):
        # Somebody else has started a run on another split since the leak gate let this one pass.
        raise AppError(
            "Another split came into use while this run was being prepared.",
            title="Not started",
            hint="Start it again.",
        )
    if as_of is None:
        return now
    sides = {sample.id: sample.split for sample in now}
    then = [sample for sample in listing.as_of(workspace, as_of) if sample.id in sides]
    return sorted(
        (replace(sample, split=sides[sample.id]) for sample in then),
        key=lambda sample: sample.number,
    )


def gate_folds(spec: JobSpec, *, allow_leak: bool) -> bool:
    """Return whether the folds part patients. Raises LeakingSplit unless that is allowed."""
    folds: dict[int, set[int]] = defaultdict(set)
    for sample in spec.samples:
        if sample.fold is not None:
            folds[sample.group].add(sample.fold)
    parted = sum(len(numbers) > 1 for numbers in folds.values())
    if parted and not allow_leak:
        raise LeakingSplit(
            f"The authors' folds leak: {parted} of {len(folds)} patients "
            f"{'stands' if parted == 1 else 'stand'} in more than one of them.",
            title="Training refused",
            hint="Deal the folds by patient, or allow the leak: the run is then stamped leaky and "
            "can never become active.",
        )
    return bool(parted)


def _side(sample: Sample, config: TrainConfig) -> Split | None:
    if sample.state.label is None or sample.split is None:
        return None
    if config.fold_everything and sample.split is not Split.VALIDATION:
        # A person gave test up for this run; its split version stays as it is.
        return Split.TRAIN
    return sample.split


def _folds(
    everything: Sequence[Sample],
    sides: Mapping[SampleId, Split | None],
    authors: Mapping[SampleId, int],
    config: TrainConfig,
) -> tuple[dict[SampleId, int], TrainConfig]:
    """Return sample -> fold, and the settings with the number of folds that there are."""
    if config.search and not config.folds:
        config = config.changed(folds=SEARCH_FOLDS)
    if not config.folds and config.folds_by != "authors":
        return {}, config
    open_sides = (Split.TRAIN, Split.VALIDATION)
    within = [sample for sample in everything if sides[sample.id] in open_sides]
    if config.folds_by == "authors":
        assigned = [sample.id for sample in within if sample.id in authors]
        numbers = sorted({authors[sample] for sample in assigned})
        if len(numbers) < MIN_FOLDS:
            raise AppError(
                f"The photographs to fold stand in {len(numbers)} of the authors' folds; "
                f"cross-validation needs at least {MIN_FOLDS}.",
                title="No authors' folds",
                hint="Import the authors' fold table, or deal the folds by patient.",
            )
        fold_of = {sample: numbers.index(authors[sample]) for sample in assigned}
        _check_folds(within, fold_of)
        return fold_of, config.changed(folds=len(numbers))
    dealt = rules.stratified_folds(
        [sample.state.label for sample in within],
        [sample.group for sample in within],
        config.folds,
        np.random.default_rng(0),
    )
    fold_of = {sample.id: fold for sample, fold in zip(within, dealt, strict=True)}
    _check_folds(within, fold_of)
    return fold_of, config


def _check_folds(within: Sequence[Sample], folds: Mapping[SampleId, int]) -> None:
    """Raise AppError where a fold's network, trained on the others, would see one class only."""
    numbers = sorted(set(folds.values()))
    poor = 0
    for number in numbers:
        others = {sample.state.label for sample in within if folds.get(sample.id, number) != number}
        poor += len(others) < MIN_CLASSES
    if poor:
        raise AppError(
            f"Without {poor} of the {len(numbers)} folds, photographs of fewer than "
            f"{MIN_CLASSES} classes are left to train on: "
            "all patients of the other classes stand in one fold.",
            title="Too little to cross-validate",
            hint="Deal fewer folds, or import photographs of more patients of the rare classes.",
        )


def _check(job_samples: Sequence[JobSample]) -> None:
    trained: set[ClassId] = {
        sample.label
        for sample in job_samples
        if sample.split is Split.TRAIN and sample.label is not None
    }
    if len(trained) < MIN_CLASSES:
        raise AppError(
            f"There are training photographs of {len(trained)} class"
            f"{'es' if len(trained) != 1 else ''}; a classifier needs at least two.",
            title="Too little to train on",
            hint="Import or label photographs of another class.",
        )
    if not any(sample.split is Split.VALIDATION for sample in job_samples):
        raise AppError(
            "No patient is left for validation: every class has fewer than three patients.",
            title="Too little to train on",
            hint="Import photographs of more patients, or choose an author fold.",
        )


def _sentence(leaks: Sequence[Leak]) -> str:
    named = [
        f"patient {leak.patient} ({len(leak.files)} photographs)"
        if leak.kind == "patient"
        else f"identical or joined photographs of {leak.patient or 'unknown patients'}"
        for leak in leaks[:_NAMED]
    ]
    more = f" and {len(leaks) - _NAMED} more" if len(leaks) > _NAMED else ""
    verb = "stands" if len(leaks) == 1 else "stand"
    return f"{', '.join(named)}{more} {verb} on more than one side"
