"""Split versions: made, brought into use, and checked that nothing lies on two sides."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from sqlalchemy.orm import Session

from core.data import splits as rules
from core.errors import AppError
from core.types import (
    Leak,
    PatientId,
    Sample,
    SampleId,
    SampleQuery,
    Split,
    SplitVersion,
    Status,
)
from dashboard.services.splits import placement
from storage.samples import author_folds, patients, samples, splits
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
        placement.place_new(session)


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
    placement.settle(session, everything, assignment, as_forced=leaky)
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
