"""Samples, classes and decisions as the browser's components read them. Nothing here is HTML."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.types import (
    ClassInfo,
    CurationDecision,
    Issue,
    PatientId,
    Sample,
    SampleState,
    Source,
    Why,
)
from dashboard.services.browsing.browsing import Detail, FacetCounts
from dashboard.services.ledger.pages import LedgerPage


def classes(known: Iterable[ClassInfo]) -> list[dict[str, Any]]:
    """Return the classes with their key, code and colour."""
    return [
        {"id": it.id, "name": it.name, "code": it.code, "key": it.key, "colour": it.colour}
        for it in known
    ]


def card(sample: Sample) -> dict[str, Any]:
    """Return what a card of the grid shows; `state` comes back with a decision as it is."""
    return {
        "id": sample.id,
        "file": sample.file,
        "label": sample.state.label,
        "imported": sample.imported_label,
        "status": sample.state.status.value,
        "split": None if sample.split is None else sample.split.value,
        "queues": sorted(queue.value for queue in sample.queues),
        "patient": sample.patient_name,
        "predicted": sample.predicted,
        "confidence": sample.confidence,
        "revision": sample.revision,
        "state": sample.state.to_json(),
    }


def why(known: Why | None) -> dict[str, Any]:
    """Return why the chosen queue asks for a sample."""
    return {
        "why": "" if known is None else known.reason,
        "suggested": None if known is None else known.suggested,
    }


def facets(counts: FacetCounts) -> dict[str, Any]:
    """Return the counts of all facets; the key "none" stands for those without a value."""
    known = counts.facets
    return {
        "total": known.total,
        "class": {_key(label): number for label, number in known.labels.items()},
        "split": {_key(split): number for split, number in known.splits.items()},
        "status": {_key(status): number for status, number in known.statuses.items()},
        "queue": {_key(queue): number for queue, number in known.queues.items()},
        "patients": [
            {"id": one.id, "name": one.name, "samples": one.samples} for one in counts.patients
        ],
        "patient_total": counts.patient_total,
    }


def detail(it: Detail) -> dict[str, Any]:
    """Return one sample with all that is known around it, newest decision first."""
    return {
        "card": card(it.sample),
        "width": it.sample.width,
        "height": it.sample.height,
        "number": it.sample.number,
        "added": it.sample.added.isoformat(),
        "patient_id": it.sample.state.patient,
        "siblings": [card(other) for other in it.siblings],
        "sources": [_source(source, it.patients) for source in it.sample.sources],
        "said": _said(it),
        "issues": [_issue(one) for one in it.issues],
        "suspected_before": it.suspected_before,
        "related": [card(other) for other in it.related],
        "history": [_decision(row, it) for row in reversed(it.history)],
    }


def _issue(one: Issue) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "score": one.score,
        "reason": one.reason,
        "suggested": one.suggested,
        "related": list(one.related),
    }


def _key(value: object) -> str:
    return "none" if value is None else str(value)


def _source(source: Source, patients: Mapping[PatientId, str]) -> dict[str, Any]:
    return {
        "file": source.file,
        "import": source.import_number,
        "label": source.label,
        "patient": None if source.patient is None else patients.get(source.patient),
        "author_split": None if source.author_split is None else source.author_split.value,
        "origin": source.origin,
    }


def _said(it: Detail) -> dict[str, Any] | None:
    if it.said is None:
        return None
    pairs = sorted(
        zip(it.said.classes, it.said.probabilities, strict=True), key=lambda pair: -pair[1]
    )
    return {
        "run": it.said.run_number,
        "seen": it.said.seen_in_training,
        "best": [{"class": known, "probability": share} for known, share in pairs[:3]],
    }


def _decision(row: CurationDecision, it: Detail) -> dict[str, Any]:
    return {
        "number": row.number,
        "batch": row.batch,
        "sample": row.sample,
        "kind": row.kind.value,
        "label": row.after.label,
        "before": _short(row.before, it.patients),
        "after": _short(row.after, it.patients),
        "applied": row.applied,
        "who": row.who,
        "when": row.when.isoformat(),
        "note": row.note,
        "reason": row.reason,
        "undoes": row.undoes,
        "opinion": row.opinion,
        "taken_back": row.number in it.taken_back,
        "undoable": row.number == it.undoable,
    }


def ledger_row(row: CurationDecision, page: LedgerPage) -> dict[str, Any]:
    """Return a row of the ledger with the file it is about."""
    return {
        "number": row.number,
        "batch": row.batch,
        "sample": row.sample,
        "file": page.files.get(row.sample, ""),
        "kind": row.kind.value,
        "opinion": row.opinion,
        "before": _short(row.before, page.patients),
        "after": _short(row.after, page.patients),
        "applied": row.applied,
        "taken_back": row.number in page.taken_back,
        "undoes": row.undoes,
        "who": row.who,
        "when": row.when.isoformat(),
        "reason": row.reason,
        "note": row.note,
        "queue": "" if row.suggested_by is None else row.suggested_by.queue,
    }


def _short(state: SampleState, patients: Mapping[PatientId, str]) -> dict[str, Any]:
    name = None if state.patient is None else patients.get(state.patient)
    return {"label": state.label, "status": state.status.value, "patient": name}
