"""What all JSON documents that commands print have in common. Keys may be added, never renamed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from core.types import ClassId, PatientId

ClassNames = Mapping[ClassId, str]
PatientNames = Mapping[PatientId, str]

Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat(), return_type=str),
]
"""A time, printed as ISO 8601 in UTC."""


class Document(BaseModel):
    """A JSON document or a part of one; the docstring of a field is its description in the schema.

    Its keys are printed in the order of the fields, without those of `None` left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def class_name(label: ClassId | None, names: ClassNames) -> str | None:
    """Return the name of a class, None for no class. Raises KeyError for an id without a name."""
    return None if label is None else names[label]
