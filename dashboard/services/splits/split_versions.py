"""Groups, split versions, and the check that nothing lies on two sides."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from sqlalchemy.orm import Session

from core.data import splits as rules
from core.errors import AppError
from core.types import (
    ClassId,
    Leak,
    PatientId,
    Sample,
    SampleId,
    SampleQuery,
    Split,
    SplitVersion,
    Status,
)
from storage.samples import author_folds, groups, patients, samples, splits
from storage.workspace.folder import Workspace

MOST_SEED = 2**32 - 1
"""The same as that of a training."""


def ensure(workspace: Workspace, kind: str = "patient", seed: int = 0) -> SplitVersion:
    """Return the newest version of a kind and make it the one in use, making it if need be.

    A version is made once: another seed takes effect only through `new_version`.
    """
    with workspace.transaction() as session:
        latest = splits.latest(session, kind)
        if latest is None:
            return _create(session, kind, seed)
        _use(session, latest)
        return latest


@contextmanager
def trying(workspace: Workspace, kind: str) -> Iterator[SplitVersion]:
    """Like `ensure`, but where the block is refused (AppError), the version before it is back.

    Unless somebody else has brought yet another one into use meanwhile.
    """
    with workspace.read() as session:
        before = splits.current(session)
    version = ensure(workspace, kind)
    try:
        yield version
    except AppError:
        with workspace.transaction() as session:
            if splits.current(session) == version:
                _return_to(session, before)
        raise


def _return_to(session: Session, before: SplitVersion | None) -> None:
    if before is not None:
        _use(session, before)
        return
    splits.use(session, None)
    placed = (sample.number for sample in samples.everything(session) if sample.split is not None)
    samples.set_splits(session, dict.fromkeys(placed))


def _use(session: Session, version: SplitVersion) -> None:
    now = splits.current(session)
    if now is None or now.number != version.number:
        splits.use(session, version.number)
        place_new(session)


def new_version(workspace: Workspace, kind: str = "patient", seed: int = 0) -> SplitVersion:
    """Make a new, numbered version, because a person asked for a new test set."""
    with workspace.transaction() as session:
        return _create(session, kind, seed)


@contextmanager
def unchanged(workspace: Workspace) -> Iterator[None]:
    """Leave the version in use as it is, whatever becomes the one in use within the block.

    Before the first version there is nothing to go back to: one that is made within stays.
    """
    with workspace.read() as session:
        before = splits.current(session)
    try:
        yield
    finally:
        if before is not None:
            with workspace.transaction() as session:
                _use(session, before)


def leaks(workspace: Workspace) -> list[Leak]:
    """Return patients and identical or joined images on several sides of the split in use."""
    with workspace.read() as session:
        names = patients.names(session)
        placed = [
            rules.Placed(
                file=sample.file,
                group=sample.group,
                patients=frozenset(names[patient] for patient in claimed_patients(sample)),
                split=sample.split,
            )
            for sample in samples.everything(session)
            if sample.state.status is not Status.EXCLUDED
        ]
    return rules.leaks(placed)


def counts(workspace: Workspace) -> dict[str, int]:
    """Count the samples on each side of the split in use."""
    with workspace.read() as session:
        sides = samples.facets(session, SampleQuery()).splits
    return {"none" if side is None else side.value: number for side, number in sides.items()}


def claimed_patients(sample: Sample) -> set[PatientId]:
    """Return the patients that hold for a sample: a person's word replaces that of the files."""
    claimed = [source.patient for source in sample.sources if source.patient is not None]
    own = sample.state.patient
    if claimed and own == claimed[0]:
        return set(claimed)
    return set() if own is None else {own}


def regroup(session: Session) -> None:
    """Derive the groups again after patients or links changed, and settle the split by them."""
    derive_groups(session)
    place_new(session)


def derive_groups(session: Session) -> None:
    """Derive the groups from patients and links."""
    edges = groups.edges(session)
    derived = rules.groups(edges.stored, edges.patients, edges.links)
    changed = {number: group for number, group in derived.items() if edges.stored[number] != group}
    samples.set_groups(session, changed)


def place_new(session: Session) -> None:
    """Give samples without a place theirs, then let every sample stand where its group allows.

    A sample of a known group inherits; a new group joins train or validation, never test.
    Nothing happens before the first version.
    """
    version = splits.current(session)
    if version is None:
        return
    everything = samples.everything(session)
    base = splits.assignment(session, version.number)
    placed = _places(everything, base)
    splits.assign(session, version.number, placed)
    _settle(session, everything, {**base, **placed}, as_forced=version.leaky)


def _places(everything: Sequence[Sample], base: Mapping[SampleId, Split]) -> dict[SampleId, Split]:
    sides: dict[int, set[Split]] = defaultdict(set)
    present: dict[Split, Counter[ClassId]] = defaultdict(Counter)
    for sample in everything:
        if sample.id in base:
            sides[sample.group].add(base[sample.id])
            if sample.state.label is not None:
                present[base[sample.id]][sample.state.label] += 1
    new = [sample for sample in everything if sample.id not in base]
    content: dict[int, Counter[ClassId]] = defaultdict(Counter)
    for sample in new:
        if sample.group not in sides:
            content[sample.group].update([] if sample.state.label is None else [sample.state.label])
    rare = rules.rare_classes(
        [sample.state.label for sample in everything], [sample.group for sample in everything]
    )
    fresh = rules.place_groups(content, [present[Split.TRAIN], present[Split.VALIDATION]], rare)
    return {
        sample.id: _inherited(sides[sample.group]) if sample.group in sides else fresh[sample.group]
        for sample in new
    }


def _inherited(sides: set[Split]) -> Split:
    # Test comes first: whoever belongs to a test patient must not be trained on.
    order = (Split.TEST, Split.TRAIN, Split.VALIDATION, Split.WITHHELD)
    return next(side for side in order if side in sides)


def _create(session: Session, kind: str, seed: int) -> SplitVersion:
    _check_seed(seed)
    everything = samples.everything(session)
    if not everything:
        raise AppError(
            "There are no photographs to split.",
            title="Nothing to split",
            hint="Import photographs first.",
        )
    assignment = _assignment(session, kind, seed, everything)
    sides: dict[int, set[Split]] = defaultdict(set)
    for sample in everything:
        if sample.id in assignment:
            sides[sample.group].add(assignment[sample.id])
    leaky = any(len(held - {Split.WITHHELD}) > 1 for held in sides.values())
    version = splits.create(session, kind, seed, leaky, assignment)
    _settle(session, everything, assignment, as_forced=leaky)
    return version


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= MOST_SEED:
        raise AppError(
            f"The seed is {seed}, and goes from 0 to {MOST_SEED}.",
            title="No such seed",
            hint="Choose another number.",
        )


def _assignment(
    session: Session, kind: str, seed: int, everything: Sequence[Sample]
) -> dict[SampleId, Split]:
    labels = [sample.state.label for sample in everything]
    rng = np.random.default_rng(seed)
    if kind.startswith("author:"):
        given = author_folds.assignment(session, _fold(kind))
        return {sample.id: given.get(sample.id, Split.TRAIN) for sample in everything}
    if kind == "patient":
        units = [sample.group for sample in everything]
    elif kind == "image":
        units = [sample.number for sample in everything]
    else:
        raise AppError(
            f"There is no way of splitting called '{kind}'.",
            title="Unknown split",
            hint="Choose patient, author:K (K is a fold) or image.",
        )
    chosen = rules.stratified_split(labels, units, rng)
    return {sample.id: side for sample, side in zip(everything, chosen, strict=True)}


def _fold(kind: str) -> int:
    text = kind.removeprefix("author:")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise AppError(
            f"'{text}' is no number of a fold.",
            title="No such fold",
            hint="Write author:1 for the authors' first fold.",
        )
    return int(text)


def _settle(
    session: Session,
    everything: Sequence[Sample],
    base: Mapping[SampleId, Split],
    *,
    as_forced: bool,
) -> None:
    placed = {sample.number: base[sample.id] for sample in everything if sample.id in base}
    # A split that was forced although it leaks stays as it was forced; its runs are stamped.
    unit = {sample.number: sample.number if as_forced else sample.group for sample in everything}
    now = rules.settle(placed, unit)
    changed = {
        sample.number: now.get(sample.number)
        for sample in everything
        if sample.split != now.get(sample.number)
    }
    samples.set_splits(session, changed)
