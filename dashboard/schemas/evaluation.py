"""The messages between the confusion matrix and the server."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from core.types import Cell, ClassId, ClassInfo, Evaluation, RunId
from dashboard.schemas.messages import Message


class MatrixClass(Message):
    """A row and a column of the confusion matrix."""

    id: ClassId
    name: str
    code: str
    colour: str


class Matrix(Message):
    """The confusion matrix of a run on a split, as the browser draws it."""

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


class CellChoice(Message):
    """The cell of a confusion matrix that a person has opened."""

    run: RunId
    split: str = Field(max_length=20)
    true: ClassId
    predicted: ClassId

    @property
    def cell(self) -> Cell:
        """The cell as the domain knows it."""
        return Cell(run=self.run, split=self.split, true=self.true, predicted=self.predicted)
