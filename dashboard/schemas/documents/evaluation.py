"""The documents of evaluations: a run on a split, and a published protocol beside an honest run."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from core.data.protocol import Printed, Shared
from core.types import ClassMetrics, Evaluation, Metric, RunId
from dashboard.schemas.documents.document import Document
from dashboard.services.runs.protocol import Compared, Side

OVERALL = ("accuracy", "balanced_accuracy", "macro_f1")


class ClassReport(Document):
    """One class of the classification report."""

    class_name: str = Field(serialization_alias="class")
    precision: Metric | None
    """None when nothing was predicted as this class."""
    recall: Metric | None
    f1: Metric | None
    images: int
    patients: int

    @classmethod
    def of(cls, name: str, measured: ClassMetrics) -> Self:
        """Return the report of the class called `name`."""
        return cls(
            class_name=name,
            precision=measured.precision,
            recall=measured.recall,
            f1=measured.f1,
            images=measured.images,
            patients=measured.patients,
        )


class EvaluationDocument(Document):
    """A run measured on a split."""

    run: RunId
    split: str
    """validation, test, out_of_fold or fold-<k>"""
    test_version: str
    images: int
    patients: int
    metrics: dict[str, Metric]
    """accuracy, balanced_accuracy and macro_f1, in [0, 1]"""
    classes: tuple[ClassReport, ...]
    class_names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Images; rows: true class, columns: predicted class, in the order of `class_names`."""

    @classmethod
    def of(cls, evaluation: Evaluation, names: Sequence[str]) -> Self:
        """Return the document; `names` are the classes in the order of the evaluation."""
        return cls(
            run=evaluation.run,
            split=evaluation.split,
            test_version=evaluation.test_version,
            images=evaluation.images,
            patients=evaluation.patients,
            metrics={name: getattr(evaluation, name) for name in OVERALL},
            classes=tuple(
                ClassReport.of(name, measured)
                for name, measured in zip(names, evaluation.classes, strict=True)
            ),
            class_names=tuple(names),
            confusion=evaluation.confusion,
        )


class OpenedEvaluation(EvaluationDocument):
    """An evaluation that a person has opened."""

    labels_changed_since: int
    """Samples of it that have another label now."""

    @classmethod
    def of_opened(cls, evaluation: Evaluation, names: Sequence[str], changed: int) -> Self:
        """Return the document of an evaluation of which `changed` labels are others now."""
        document = EvaluationDocument.of(evaluation, names)
        return cls(**dict(document), labels_changed_since=changed)


class ProtocolSide(Document):
    """One of the two runs of a published protocol, and its test score."""

    run: RunId
    leaky: bool
    split: str
    """How samples were dealt: poster, patient, author:K or image."""
    backbone: str
    seconds: float | None
    test: EvaluationDocument
    shared: Shared

    @classmethod
    def of(cls, side: Side, names: Sequence[str]) -> Self:
        """Return the document of a side."""
        return cls(
            run=side.run.id,
            leaky=side.run.leaky,
            split=side.run.split_kind,
            backbone=side.run.config["backbone"],
            seconds=side.run.seconds,
            test=EvaluationDocument.of(side.test, names),
            shared=side.shared,
        )


class ProtocolDocument(Document):
    """A published protocol beside the same recipe split by patient."""

    published: ProtocolSide
    honest: ProtocolSide
    difference: dict[str, Metric]
    """Published minus honest of each overall metric, in [-1, 1]."""
    poster: Printed | None
    """What the poster prints; None where it has none of these classes."""

    @classmethod
    def of(cls, compared: Compared) -> Self:
        """Return the document of both runs."""
        return cls(
            published=ProtocolSide.of(compared.published, compared.names),
            honest=ProtocolSide.of(compared.honest, compared.names),
            difference=compared.gap,
            poster=compared.printed,
        )
