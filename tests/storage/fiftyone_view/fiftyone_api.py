"""Samples written through FiftyOne's own API: what the bulk path is held against."""

from collections.abc import Mapping
from typing import Any

import fiftyone as fo

from storage.fiftyone_view.projection import Label


def sample(fields: Mapping[str, Any]) -> fo.Sample:
    """Return the FiftyOne sample with these fields (`projection.fields`)."""
    width, height = fields["metadata"]
    values = {
        name: fo.Classification(label=value.name, confidence=value.confidence)
        if isinstance(value, Label)
        else value
        for name, value in fields.items()
    }
    return fo.Sample(**{**values, "metadata": fo.ImageMetadata(width=width, height=height)})


def content(written: fo.Sample) -> dict[str, Any]:
    """Return all that a sample holds but its ids and the times at which it was written."""
    document = written.to_dict(include_private=True)
    for name in ("_id", "id", "_rand", "_dataset_id", "created_at", "last_modified_at"):
        document.pop(name, None)
    for value in document.values():
        if isinstance(value, dict):
            value.pop("_id", None)
    return document
