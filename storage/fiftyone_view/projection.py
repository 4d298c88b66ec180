"""Samples as FiftyOne documents, and sample queries as MongoDB filters over them.

Pure functions. A document has three kinds of fields: what FiftyOne itself needs, what a person sees
in the FiftyOne App, and `keys`: the values that queries filter and sort by. Queries never ask the
fields that the App can edit, so an edit that is not a decision yet cannot bend an answer.
"""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson import ObjectId

from core.types import SCORED, ClassId, Queue, Sample, SampleId, SampleQuery, Sort, spelling
from storage.samples.predicates import NO_SCORE

Document = dict[str, Any]

GUARDED = ("ground_truth", "projected_label", "projected_state", "last_modified_at")
"""Fields that tell a person's edit and its time; a projection leaves them alone while they do."""

ONCE = ("created_at", "tags", "_rand", "_media_type", "_dataset_id")
"""Fields that are written with a new document and never again."""

EDITED: Document = {
    "$ne": [{"$ifNull": ["$ground_truth.label", None]}, {"$ifNull": ["$projected_label", None]}]
}
"""Condition that a document's label was changed in the FiftyOne App and not decided on yet."""

SHOWN_SCORES = {
    queue: queue.value if queue is Queue.WORTH else f"issue_{queue.value}" for queue in SCORED
}
"""Queue -> the field that shows its score in the FiftyOne App; queries ask `keys`."""

_SORT_KEYS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    # (field, whether "descending" turns it round)
    Sort.FILE: (("keys.file", True),),
    Sort.LABEL: (("keys.no_label", False), ("keys.position", True)),
    Sort.PATIENT: (("keys.no_patient", False), ("keys.patient", True)),
    Sort.CONFIDENCE: (("keys.no_confidence", False), ("keys.confidence", True)),
}


_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """What the projection needs to know of a class."""

    id: ClassId
    name: str
    position: int


def document_id(number: int, sample: str) -> ObjectId:
    """Return the id of a sample's document: its order is the order of import.

    Being a function of the sample, it survives a rebuild, and so do saved views and selections.
    """
    return ObjectId(f"{number:08x}{sample}")


def document(
    sample: Sample, path: Path, classes: Mapping[ClassId, ClassName], dataset: ObjectId
) -> Document:
    """Return the whole document of a sample."""
    now = datetime.now(UTC)
    label = None if sample.state.label is None else classes[sample.state.label]
    return {
        "_id": document_id(sample.number, sample.id),
        "_media_type": "image",
        "_rand": int(sample.id, 16) / 2**64,
        "_dataset_id": dataset,
        "created_at": now,
        "last_modified_at": now,
        "tags": [],
        "filepath": str(path),
        "metadata": {"_cls": "ImageMetadata", "width": sample.width, "height": sample.height},
        "sample_id": sample.id,
        "ground_truth": _classification(sample, label, "ground truth"),
        "projected_label": None if label is None else label.name,
        "projected_state": sample.state.to_json(),
        "imported_label": _of(sample, sample.imported_label, classes, "imported"),
        "prediction": _prediction(sample, classes),
        "patient": sample.patient_name,
        "group": sample.group,
        "split": None if sample.split is None else sample.split.value,
        "status": sample.state.status.value,
        "queues": sorted(queue.value for queue in sample.queues),
        "source": sample.sources[0].origin if sample.sources else "",
        "added": sample.added,
        "revision": sample.revision,
        **{name: sample.scores.get(queue) for queue, name in SHOWN_SCORES.items()},
        "keys": _keys(sample, label),
    }


def update(whole: Document) -> list[Document]:
    """Return the update that makes a document of what there is, or of nothing.

    It is decided inside the database, in one step, whether the label was edited in the App.
    """
    fields: Document = {}
    for name, value in whole.items():
        if name in ONCE:
            fields[name] = {"$ifNull": [f"${name}", {"$literal": value}]}
        elif name in GUARDED:
            fields[name] = {"$cond": [EDITED, f"${name}", {"$literal": value}]}
        elif name != "_id":
            fields[name] = {"$literal": value}
    return [{"$set": fields}]


def renamed(name: ClassName) -> list[tuple[Document, list[Document]]]:
    """Return (filter, update) pairs that give a class another name or position."""
    called = {"$literal": name.name}
    label = {"$cond": [EDITED, "$ground_truth.label", called]}
    return [
        (
            {"keys.label": name.id},
            [
                {
                    "$set": {
                        "ground_truth.label": label,
                        "projected_label": called,
                        "keys.position": name.position,
                    }
                }
            ],
        ),
        ({"keys.imported": name.id}, [{"$set": {"imported_label.label": called}}]),
        ({"keys.predicted": name.id}, [{"$set": {"prediction.label": called}}]),
    ]


def matches(query: SampleQuery, cell: Iterable[SampleId] | None) -> Document:
    """Return the filter of a query; `cell` are the samples of its confusion cell, if it has one."""
    found: Document = {}
    if query.labels:
        found["keys.label"] = {"$in": list(query.labels)}
    if query.splits:
        found["split"] = {"$in": [None if side is None else side.value for side in query.splits]}
    if query.statuses:
        found["status"] = {"$in": [status.value for status in query.statuses]}
    if query.queues:
        found["queues"] = {"$all": [queue.value for queue in query.queues]}
    if query.patient is not None:
        found["keys.patient_id"] = query.patient
    if query.text.strip():
        found.update(_text(query.text.strip()))
    if cell is not None or query.among is not None:
        both = [set(one) for one in (cell, query.among) if one is not None]
        found["sample_id"] = {"$in": sorted(set.intersection(*both))}
    return found


def order(query: SampleQuery) -> dict[str, int]:
    """Return the sort of a query; missing values come last, ties by sample number."""
    turned = -1 if query.descending else 1
    if query.sort is Sort.SCORE:
        return {_score(query.scored_by): -turned, "_id": 1}
    keys = _SORT_KEYS.get(query.sort)
    if keys is None:
        return {"_id": turned}
    return {field: turned if turns else 1 for field, turns in keys} | {"_id": 1}


def indexes() -> list[dict[str, int]]:
    """Return the indexes of everything that is filtered and sorted, besides `sample_id`."""
    filtered = ("keys.label", "split", "status", "queues", "keys.patient_id", "ground_truth.label")
    sorts = [
        order(SampleQuery(sort=sort, descending=turned))
        for sort in _SORT_KEYS
        for turned in (False, True)
    ]
    scores = [{_score(queue): -1, "_id": 1} for queue in SCORED]
    return [{field: 1, "_id": 1} for field in filtered] + sorts + scores


def _score(queue: Queue) -> str:
    return f"keys.score_{queue.value}"


def _keys(sample: Sample, label: ClassName | None) -> Document:
    texts = [sample.file, *([] if sample.patient_name is None else [sample.patient_name])]
    return {
        "label": sample.state.label,
        "imported": sample.imported_label,
        "predicted": sample.predicted,
        "no_label": int(label is None),
        "position": None if label is None else label.position,
        "file": sample.file.casefold(),
        "patient_id": sample.state.patient,
        "no_patient": int(sample.patient_name is None),
        "patient": None if sample.patient_name is None else sample.patient_name.casefold(),
        "no_confidence": int(sample.confidence is None),
        "confidence": sample.confidence,
        "ascii": [_ascii_lower(text) for text in texts],
        "folded": [spelling.folded(text) for text in texts],
        **{f"score_{queue.value}": sample.scores.get(queue, NO_SCORE) for queue in SCORED},
    }


def _text(text: str) -> Document:
    # The same rule as SQLite's LIKE: an ASCII search folds the case of ASCII letters only.
    field, wanted = (
        ("keys.ascii", _ascii_lower(text))
        if text.isascii()
        else ("keys.folded", spelling.folded(text))
    )
    if "\0" in wanted:  # no name holds one, and BSON patterns cannot
        return {"_id": None}
    return {field: {"$regex": re.escape(wanted)}}


def _ascii_lower(text: str) -> str:
    return text.translate(_ASCII)


def _of(
    sample: Sample, label: ClassId | None, classes: Mapping[ClassId, ClassName], role: str
) -> Document | None:
    return _classification(sample, None if label is None else classes[label], role)


def _prediction(sample: Sample, classes: Mapping[ClassId, ClassName]) -> Document | None:
    found = _of(sample, sample.predicted, classes, "prediction")
    return None if found is None else found | {"confidence": sample.confidence}


_ROLES = {"ground truth": "0", "imported": "1", "prediction": "2"}


def _classification(sample: Sample, label: ClassName | None, role: str) -> Document | None:
    """Return a FiftyOne `Classification`; its id is a function of sample and role."""
    if label is None:
        return None
    return {
        "_id": ObjectId(_ROLES[role] + f"{sample.number:07x}" + sample.id),
        "_cls": "Classification",
        "tags": [],
        "label": label.name,
    }
