"""The document of what differs between two runs."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import JsonValue

from core.jobs.spec_difference import Change, DataDifference
from core.types import ClassId, Difference, Metric, RunId, SampleId
from dashboard.schemas.documents.document import ClassNames, Document
from dashboard.services.runs.run_comparison import RunDifference


class ChangedValue(Document):
    """A setting or a version that has another value in the second run; None: absent."""

    before: JsonValue
    after: JsonValue


class MetricPair(Document):
    """A metric of both runs, in [0, 1]; None: not measured."""

    before: Metric | None
    after: Metric | None


class NamedSample(Document):
    """A sample that one of the runs saw."""

    sample: SampleId
    file: str
    """Empty: it is not in the workspace any more."""


class ChangedSample(NamedSample):
    """A sample with another label or split in the second run; None: without one."""

    before: str | None
    after: str | None


class DataDocument(Document):
    """What the second run saw otherwise than the first."""

    shared: int
    """Samples that both saw."""
    added: tuple[NamedSample, ...]
    removed: tuple[NamedSample, ...]
    relabelled: tuple[ChangedSample, ...]
    moved: tuple[ChangedSample, ...]
    """From one split to another; those with a label given or taken are not listed."""

    @classmethod
    def of(cls, data: DataDifference, files: Mapping[SampleId, str], names: ClassNames) -> Self:
        """Return the document; `files` names the samples that are in the workspace."""

        def named(sample: SampleId) -> NamedSample:
            return NamedSample(sample=sample, file=files.get(sample, ""))

        def changed(sample: SampleId, before: str | None, after: str | None) -> ChangedSample:
            return ChangedSample(
                sample=sample, file=files.get(sample, ""), before=before, after=after
            )

        def called(label: ClassId | None) -> str | None:
            return None if label is None else names.get(label, str(label))

        return cls(
            shared=data.shared,
            added=tuple(map(named, data.added)),
            removed=tuple(map(named, data.removed)),
            relabelled=tuple(
                changed(change.sample, called(change.before), called(change.after))
                for change in data.relabelled
            ),
            moved=tuple(
                changed(change.sample, change.before, change.after) for change in data.moved
            ),
        )


class RunDifferenceDocument(Document):
    """What the second of two runs has otherwise than the first."""

    before: RunId
    after: RunId
    settings: dict[str, ChangedValue]
    versions: dict[str, ChangedValue]
    """Of packages and of the machine."""
    data: DataDocument | None
    """None: a job file is gone."""
    split: str
    """The split that was measured on: validation, out_of_fold or test."""
    metrics: dict[str, MetricPair]
    paired: Difference | None
    """In balanced accuracy on the images that both were measured on, with the labels of now."""
    why_not: str
    """Why `paired` is None; empty where it is not."""

    @classmethod
    def of(cls, difference: RunDifference, names: ClassNames) -> Self:
        """Return the document of two runs."""
        data = difference.data
        return cls(
            before=difference.before.id,
            after=difference.after.id,
            settings=_changes(difference.settings),
            versions=_changes(difference.versions),
            data=None if data is None else DataDocument.of(data, difference.files, names),
            split=difference.on,
            metrics={
                pair.name: MetricPair(before=pair.before, after=pair.after)
                for pair in difference.metrics
            },
            paired=difference.paired,
            why_not=difference.why_not,
        )


def _changes(changes: Sequence[Change]) -> dict[str, ChangedValue]:
    return {
        change.name: ChangedValue(before=change.before, after=change.after) for change in changes
    }
