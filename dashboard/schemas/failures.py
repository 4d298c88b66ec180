"""An expected failure, as commands print it and as components of the browser read it."""

from typing import Self

from core.errors import AppError
from dashboard.schemas.messages import Message


class Failure(Message):
    """What failed, in words."""

    title: str
    message: str
    """What, and how many."""
    hint: str
    """What to do."""


class FailureDocument(Message):
    """What is answered instead of the document that was asked for."""

    error: Failure

    @classmethod
    def of(cls, error: AppError) -> Self:
        """Return the document of an error."""
        return cls(error=Failure(title=error.title, message=error.message, hint=error.hint))
