"""The bulk path into FiftyOne's database: a thousand samples in one request.

FiftyOne's own API takes several times as long for the same samples, and it cannot decide inside the
database whether a label was edited in the App meanwhile (docs/decisions/0008). This module alone
knows how FiftyOne stores a sample; a test holds what it writes equal to what FiftyOne writes.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pymongo
from bson import ObjectId
from pymongo.collection import Collection

from core.types import SampleId
from storage.fiftyone_view.projection import EDITED, Label

Document = dict[str, Any]
Numbered = tuple[int, dict[str, Any]]
"""A sample's number and its fields (`projection.fields`)."""

_GUARDED = ("ground_truth", "projected_label", "projected_state", "last_modified_at")
"""Fields that show a person's edit and its time; a projection leaves them while there is one."""
_ONCE = ("created_at", "tags", "_rand", "_media_type", "_dataset_id")
"""Fields that are written with a new document and never again."""
_LABEL_IDS = {"ground_truth": "0", "imported_label": "1", "prediction": "2"}


class BulkWriter:
    """Writes samples into the collection of one dataset."""

    def __init__(self, database: Any, name: str) -> None:
        """`database` is FiftyOne's database (pymongo), `name` that of the dataset."""
        row = database["datasets"].find_one({"name": name})
        self._dataset: ObjectId = row["_id"]
        self._collection: Collection[Document] = database[row["sample_collection_name"]]

    def project(self, batch: Sequence[Numbered]) -> None:
        """Write samples, whatever is there of them; labels edited in the App stay."""
        documents = [_document(number, fields, self._dataset) for number, fields in batch]
        self._write(
            [
                pymongo.UpdateOne({"_id": document["_id"]}, _update(document), upsert=True)
                for document in documents
            ]
        )

    def restore(self, batch: Sequence[Numbered], edited: Mapping[SampleId, str | None]) -> None:
        """Restore the stored labels, unless they were edited once more meanwhile."""
        documents = [_document(number, fields, self._dataset) for number, fields in batch]
        self._write(
            [
                pymongo.UpdateOne(
                    {"_id": document["_id"], "ground_truth.label": edited[document["sample_id"]]},
                    {"$set": {name: document[name] for name in _GUARDED}},
                )
                for document in documents
            ]
        )

    def _write(self, updates: Sequence[pymongo.UpdateOne]) -> None:
        if updates:
            self._collection.bulk_write(updates, ordered=False)


def _document(number: int, fields: Mapping[str, Any], dataset: ObjectId) -> Document:
    """Return a sample as FiftyOne stores it.

    Ids are functions of the sample: they survive a rebuild, and so do selections in the App. Their
    order is the order of import.
    """
    now = datetime.now(UTC)
    sample = fields["sample_id"]
    width, height = fields["metadata"]
    labels = {
        name: _classification(fields[name], ObjectId(f"{role}{number:07x}{sample}"))
        for name, role in _LABEL_IDS.items()
    }
    return {
        "_id": ObjectId(f"{number:08x}{sample}"),
        "_media_type": "image",
        "_rand": int(sample, 16) / 2**64,
        "_dataset_id": dataset,
        "created_at": now,
        "last_modified_at": now,
        "tags": [],
        **fields,
        "metadata": {"_cls": "ImageMetadata", "width": width, "height": height},
        **labels,
    }


def _classification(label: Label | None, identity: ObjectId) -> Document | None:
    if label is None:
        return None
    confidence = {} if label.confidence is None else {"confidence": label.confidence}
    return {
        "_id": identity,
        "_cls": "Classification",
        "tags": [],
        "label": label.name,
        **confidence,
    }


def _update(document: Document) -> list[Document]:
    """Return the update that makes a document of what there is, or of nothing.

    It is decided inside the database, in one step, whether the label was edited in the App.
    """
    values: Document = {}
    for name, value in document.items():
        if name in _ONCE:
            values[name] = {"$ifNull": [f"${name}", {"$literal": value}]}
        elif name in _GUARDED:
            values[name] = {"$cond": [EDITED["$expr"], f"${name}", {"$literal": value}]}
        elif name != "_id":
            values[name] = {"$literal": value}
    return [{"$set": values}]
