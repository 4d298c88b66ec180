"""What differs between two jobs: settings and samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.jobs.job_spec import JobSpec
from core.types import ClassId, JobSample, SampleId, Split


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value that differs in the second; None where it is absent."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Relabelled:
    """A sample that both saw, under two labels (None: without one)."""

    sample: SampleId
    before: ClassId | None
    after: ClassId | None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A sample that both saw, on two sides of the split (None: in the pool)."""

    sample: SampleId
    before: Split | None
    after: Split | None


@dataclass(frozen=True, kw_only=True)
class DataDifference:
    """How the samples of the second job differ from those of the first; sorted by sample."""

    added: tuple[SampleId, ...]
    removed: tuple[SampleId, ...]
    relabelled: tuple[Relabelled, ...]
    moved: tuple[Moved, ...]
    """Of samples with one label in both: a label given or taken moves by itself."""
    shared: int
    """Samples that both saw."""


def values(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the keys whose values differ, in the order of the first, then of the second."""
    keys = dict.fromkeys([*before, *after])
    return tuple(
        Change(name=key, before=before.get(key), after=after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    )


def data(before: JobSpec, after: JobSpec) -> DataDifference:
    """Return how the samples of two jobs differ."""
    first, second = _by_id(before), _by_id(after)
    shared = [(first[sample], second[sample]) for sample in sorted(first.keys() & second.keys())]
    return DataDifference(
        added=tuple(sorted(second.keys() - first.keys())),
        removed=tuple(sorted(first.keys() - second.keys())),
        relabelled=tuple(
            Relabelled(sample=old.id, before=old.label, after=new.label)
            for old, new in shared
            if old.label != new.label
        ),
        moved=tuple(
            Moved(sample=old.id, before=old.split, after=new.split)
            for old, new in shared
            if old.split != new.split and old.label == new.label
        ),
        shared=len(shared),
    )


def _by_id(spec: JobSpec) -> dict[SampleId, JobSample]:
    return {sample.id: sample for sample in spec.samples}
