"""The JSON documents about one run and about two. Keys may be added, never renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.jobs.spec_difference import Change, DataDifference
from core.types import ClassId, Run, SampleId
from dashboard.schemas import records
from dashboard.services.runs.run_comparison import RunDifference
from dashboard.services.runs.run_details import RunDetails

Document = dict[str, Any]


def details(run: Run, found: RunDetails) -> Document:
    """Describe one run with everything that is known of it."""
    return {
        **records.run_row(run),
        "as_of": records.when(run.as_of),
        "repeats": run.repeats,
        "automatic": run.automatic,
        "hidden": run.hidden,
        "settings": dict(found.settings),
        "images": dict(found.images),
        "hardware": dict(found.hardware),
        "versions": dict(found.versions),
        "cost": {} if found.cost is None else asdict(found.cost),
        "log": list(found.log),
        "traceback": found.traceback,
    }


def difference(found: RunDifference, names: Mapping[ClassId, str]) -> Document:
    """Describe what the second of two runs has otherwise than the first."""
    return {
        "before": found.before.id,
        "after": found.after.id,
        "settings": _changes(found.settings),
        "versions": _changes(found.versions),
        "data": None if found.data is None else _data(found.data, found.files, names),
        "split": found.on,
        "metrics": {
            pair.name: {
                "before": None if pair.before is None else asdict(pair.before),
                "after": None if pair.after is None else asdict(pair.after),
            }
            for pair in found.metrics
        },
        "paired": None if found.paired is None else asdict(found.paired),
        "why_not": found.why_not,
    }


def _changes(changes: Sequence[Change]) -> Document:
    return {one.name: {"before": one.before, "after": one.after} for one in changes}


def _data(
    data: DataDifference, files: Mapping[SampleId, str], names: Mapping[ClassId, str]
) -> Document:
    def called(label: ClassId | None) -> str | None:
        return None if label is None else names.get(label, str(label))

    def named(sample: SampleId) -> Document:
        return {"sample": sample, "file": files.get(sample, "")}

    return {
        "shared": data.shared,
        "added": [named(one) for one in data.added],
        "removed": [named(one) for one in data.removed],
        "relabelled": [
            {**named(one.sample), "before": called(one.before), "after": called(one.after)}
            for one in data.relabelled
        ],
        "moved": [
            {**named(one.sample), "before": one.before, "after": one.after} for one in data.moved
        ],
    }
