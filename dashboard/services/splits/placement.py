"""Groups, and where their samples stand in the split version in use."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from core.data import splits as rules
from core.types import ClassId, Sample, SampleId, Split
from storage.samples import groups, samples, splits


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
    settle(session, everything, {**base, **placed}, as_forced=version.leaky)


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


def settle(
    session: Session,
    everything: Sequence[Sample],
    base: Mapping[SampleId, Split],
    *,
    as_forced: bool,
) -> None:
    """Let every sample stand where its group allows (`rules.settle`); write what has changed.

    `base` is the assignment of the split version. `as_forced`: groups do not count, because the
    version was forced although it leaks.
    """
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
