"""What every message between browser and server has in common."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import AppError


class Message(BaseModel):
    """A message: frozen, and nothing in it that its model does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


M = TypeVar("M", bound=BaseModel)


@cache
def schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's JSON schema; Gradio asks for it three times whenever a page opens."""
    return model.model_json_schema()


def read(model: type[M], sent: Mapping[str, Any] | object) -> M:
    """Return what the browser sent as a model. Raises AppError for anything else."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise AppError(
            "The page has sent something that is not understood: nothing was changed.",
            title="Not understood",
            hint="Reload the page and try again.",
        ) from error
