"""Samples as fields of a FiftyOne dataset, and sample queries as filters over them.

Pure functions. There are two kinds of fields: what a person sees in the FiftyOne App, and `keys`:
the values that queries filter and sort by. Queries never ask the fields that the App can edit, so
that an edit that is no decision yet changes no answer.
"""

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.types import SCORED, ClassId, Queue, Sample, SampleId, SampleQuery, Sort, spelling
from storage.samples.predicates import NO_SCORE

Filter = dict[str, Any]
"""A filter of MongoDB, as `fiftyone.Dataset.match` takes it: unlike an expression over `ViewField`,
it uses the indexes."""

EDITED: Filter = {
    "$expr": {
        "$ne": [
            {"$ifNull": ["$ground_truth.label", None]},
            {"$ifNull": ["$projected_label", None]},
        ]
    }
}
"""Samples whose label was changed in the FiftyOne App and not decided on yet."""

SHOWN_SCORES = {
    queue: queue.value if queue is Queue.WORTH else f"issue_{queue.value}" for queue in SCORED
}
"""Queue -> the field that shows its score in the FiftyOne App; queries ask `keys`."""

_SORT_KEYS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    # (field, whether "descending" reverses it)
    Sort.FILE: (("keys.file", True),),
    Sort.LABEL: (("keys.no_label", False), ("keys.position", True)),
    Sort.PATIENT: (("keys.no_patient", False), ("keys.patient", True)),
    Sort.CONFIDENCE: (("keys.no_confidence", False), ("keys.confidence", True)),
}


Order = list[tuple[str, int]]
"""Fields with 1 (ascending) or -1, the first one counts most: what `sort_by` takes."""
_NUMBER = "id"
"""The id of a FiftyOne sample begins with the number of ours: its order is that of import."""
_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """What the projection needs to know of a class."""

    id: ClassId
    name: str
    position: int


@dataclass(frozen=True, kw_only=True)
class Label:
    """A `fiftyone.Classification`."""

    name: str
    confidence: float | None = None


def fields(sample: Sample, path: Path, classes: Mapping[ClassId, ClassName]) -> dict[str, Any]:
    """Return the values of a sample's fields by their names in the dataset; labels as `Label`."""
    label = None if sample.state.label is None else classes[sample.state.label]
    return {
        "filepath": str(path),
        "metadata": (sample.width, sample.height),
        "sample_id": sample.id,
        "ground_truth": _label(sample.state.label, classes),
        "projected_label": None if label is None else label.name,
        "projected_state": sample.state.to_json(),
        "imported_label": _label(sample.imported_label, classes),
        "prediction": _label(sample.predicted, classes, sample.confidence),
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


def matches(query: SampleQuery, cell: Iterable[SampleId] | None) -> Filter:
    """Return the filter of a query; `cell` are the samples of its confusion cell, if it has one."""
    conditions: Filter = {}
    if query.labels:
        conditions["keys.label"] = {"$in": list(query.labels)}
    if query.splits:
        conditions["split"] = {
            "$in": [None if side is None else side.value for side in query.splits]
        }
    if query.statuses:
        conditions["status"] = {"$in": [status.value for status in query.statuses]}
    if query.queues:
        conditions["queues"] = {"$all": [queue.value for queue in query.queues]}
    if query.patient is not None:
        conditions["keys.patient_id"] = query.patient
    if query.text.strip():
        conditions.update(_text(query.text.strip()))
    if cell is not None or query.among is not None:
        both = [set(ids) for ids in (cell, query.among) if ids is not None]
        conditions["sample_id"] = {"$in": sorted(set.intersection(*both))}
    return conditions


def order(query: SampleQuery) -> Order:
    """Return the sort of a query; missing values come last, ties by sample number."""
    turned = -1 if query.descending else 1
    if query.sort is Sort.SCORE:
        return [(_score(query.scored_by), -turned), (_NUMBER, 1)]
    keys = _SORT_KEYS.get(query.sort)
    if keys is None:
        return [(_NUMBER, turned)]
    return [*((field, turned if turns else 1) for field, turns in keys), (_NUMBER, 1)]


def indexes() -> list[Order]:
    """Return the indexes of everything that is filtered and sorted, besides `sample_id`."""
    filtered = ("keys.label", "split", "status", "queues", "keys.patient_id", "ground_truth.label")
    sorts = [
        order(SampleQuery(sort=sort, descending=turned))
        for sort in _SORT_KEYS
        for turned in (False, True)
    ]
    scores = [[(_score(queue), -1), (_NUMBER, 1)] for queue in SCORED]
    return [[(field, 1), (_NUMBER, 1)] for field in filtered] + sorts + scores


def _score(queue: Queue) -> str:
    return f"keys.score_{queue.value}"


def _keys(sample: Sample, label: ClassName | None) -> dict[str, Any]:
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


def _text(text: str) -> Filter:
    # The same rule as SQLite's LIKE: an ASCII search folds the case of ASCII letters only.
    field, wanted = (
        ("keys.ascii", _ascii_lower(text))
        if text.isascii()
        else ("keys.folded", spelling.folded(text))
    )
    if "\0" in wanted:  # no name holds one, and BSON patterns cannot
        return {"sample_id": None}
    return {field: {"$regex": re.escape(wanted)}}


def _ascii_lower(text: str) -> str:
    return text.translate(_ASCII)


def _label(
    label: ClassId | None,
    classes: Mapping[ClassId, ClassName],
    confidence: float | None = None,
) -> Label | None:
    return None if label is None else Label(name=classes[label].name, confidence=confidence)
