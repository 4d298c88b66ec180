"""The documents of samples, of suspected defects and of the list of classes."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from core.types import (
    ClassCount,
    ClassInfo,
    Issue,
    IssueKind,
    Queue,
    Sample,
    SampleId,
    Split,
    Status,
)
from dashboard.schemas.documents.document import ClassNames, Document, PatientNames, class_name


class SampleDocument(Document):
    """A sample with everything its sources claim."""

    id: SampleId
    file: str
    """File name of the first source."""
    files: tuple[str, ...]
    """Of all sources, below the folders that were imported."""
    label: str | None
    imported_label: str | None
    patient: str | None
    patients: tuple[str, ...]
    """The patient in use, then those that sources claim, each once."""
    group: int
    """Smallest sample number of the group."""
    split: Split | None
    status: Status
    source: str
    """Name of the collection that the first source with one comes from; empty: none has."""
    queues: tuple[Queue, ...]
    predicted: str | None
    """Top class of the active checkpoint, where it has seen the sample."""
    confidence: float | None
    """Of `predicted`, in [0, 1]."""

    @classmethod
    def of(cls, sample: Sample, names: ClassNames, patients: PatientNames) -> Self:
        """Return the document of a sample."""
        claimed = [sample.state.patient, *(source.patient for source in sample.sources)]
        return cls(
            id=sample.id,
            file=sample.file,
            files=tuple(source.file for source in sample.sources),
            label=class_name(sample.state.label, names),
            imported_label=class_name(sample.imported_label, names),
            patient=sample.patient_name,
            patients=tuple(patients[key] for key in dict.fromkeys(claimed) if key is not None),
            group=sample.group,
            split=sample.split,
            status=sample.state.status,
            source=next((source.origin for source in sample.sources if source.origin), ""),
            queues=tuple(sorted(sample.queues)),
            predicted=class_name(sample.predicted, names),
            confidence=sample.confidence,
        )


class IssueDocument(Document):
    """A suspected defect of a sample."""

    sample: SampleId
    file: str
    kind: IssueKind
    score: float
    """In [0, 1], higher is worse; six decimals."""
    reason: str
    suggested_label: str | None
    related: tuple[SampleId, ...]
    """What to look at beside it."""
    related_files: tuple[str, ...]
    """In the order of `related`."""

    @classmethod
    def of(cls, issue: Issue, samples: Mapping[SampleId, Sample], names: ClassNames) -> Self:
        """Return the document of an issue; `samples` has all that it names."""
        return cls(
            sample=issue.sample,
            file=samples[issue.sample].file,
            kind=issue.kind,
            score=round(issue.score, 6),
            reason=issue.reason,
            suggested_label=class_name(issue.suggested, names),
            related=issue.related,
            related_files=tuple(samples[other].file for other in issue.related),
        )


class QueuesDocument(Document):
    """The review queues after they have been computed again."""

    queues: dict[Queue, int]
    """Samples that each queue holds."""
    strategy: str
    """The query strategy that orders what is asked next."""
    changed: int
    """Samples whose scores have changed."""
    seconds: float


class ClassDocument(Document):
    """A class and how much there is of it; excluded samples do not count."""

    class_name: str = Field(serialization_alias="class")
    code: str
    """Two letters."""
    key: str
    """Keyboard key; empty beyond nine classes."""
    colour: str
    """#RRGGBB"""
    images: int
    patients: int

    @classmethod
    def of(cls, info: ClassInfo, count: ClassCount) -> Self:
        """Return the document of a class."""
        return cls(
            class_name=info.name,
            code=info.code,
            key=info.key,
            colour=info.colour,
            images=count.images,
            patients=count.patients,
        )
