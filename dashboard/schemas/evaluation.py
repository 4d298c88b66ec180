"""An evaluation as a JSON document. Keys may be added, never renamed."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from core.types import Cell, ClassId, ClassInfo, ClassMetrics, Evaluation, Metric, RunId

OVERALL = ("accuracy", "balanced_accuracy", "macro_f1")


class ClassReport(BaseModel):
    """One class of the classification report."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    class_name: str = Field(serialization_alias="class")
    precision: Metric | None
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


class EvaluationDocument(BaseModel):
    """An evaluation as commands print it."""

    model_config = ConfigDict(frozen=True)

    run: RunId
    split: str
    test_version: str
    images: int
    patients: int
    metrics: dict[str, Metric]
    classes: tuple[ClassReport, ...]
    class_names: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: true class, columns: predicted class, in the order of `class_names`."""

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


class MatrixClass(BaseModel):
    """A row and a column of the confusion matrix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ClassId
    name: str
    code: str
    colour: str


class Matrix(BaseModel):
    """The confusion matrix of a run on a split, as the browser draws it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: RunId
    split: str
    classes: tuple[MatrixClass, ...]
    counts: tuple[tuple[int, ...], ...]
    """Images; rows: true class, columns: predicted class, both in the order of `classes`."""
    selected: tuple[int, int]
    """Row and column of the cell whose photographs are shown."""

    @classmethod
    def of(
        cls, evaluation: Evaluation, classes: Sequence[ClassInfo], selected: tuple[int, int]
    ) -> Self:
        """Return what is drawn; `classes` in the order of the evaluation."""
        return cls(
            run=evaluation.run,
            split=evaluation.split,
            classes=tuple(
                MatrixClass(id=info.id, name=info.name, code=info.code, colour=info.colour)
                for info in classes
            ),
            counts=evaluation.confusion,
            selected=selected,
        )


class CellChoice(BaseModel):
    """The cell of a confusion matrix that a person has opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: RunId
    split: str = Field(max_length=20)
    true: ClassId
    predicted: ClassId

    @property
    def cell(self) -> Cell:
        """The cell as the domain knows it."""
        return Cell(run=self.run, split=self.split, true=self.true, predicted=self.predicted)
