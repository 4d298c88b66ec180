"""The JSON documents that commands print. Keys may be added, never renamed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.types import (
    BatchResult,
    ClassId,
    CurationDecision,
    Issue,
    Leak,
    PatientId,
    Prediction,
    Run,
    Sample,
    SampleId,
    SampleState,
    Split,
    SplitVersion,
    Status,
)
from dashboard.schemas.evaluation import EvaluationDocument
from dashboard.services.curation.reader_agreement import Agreement
from dashboard.services.evaluation import evaluations
from dashboard.services.ledger.exchange import Brought
from dashboard.services.splits.balance import BalanceReport

Document = dict[str, Any]
ClassNames = Mapping[ClassId, str]
PatientNames = Mapping[PatientId, str]


def when(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def sample(one: Sample, names: ClassNames, patients: PatientNames) -> Document:
    """Describe a sample with everything its sources claim."""
    claimed = [s.patient for s in one.sources if s.patient is not None]
    known = dict.fromkeys([p for p in [one.state.patient, *claimed] if p is not None])
    return {
        "id": one.id,
        "file": one.file,
        "files": [source.file for source in one.sources],
        "label": _class_name(one.state.label, names),
        "imported_label": _class_name(one.imported_label, names),
        "patient": one.patient_name,
        "patients": [patients[patient] for patient in known],
        "group": one.group,
        "split": one.split,
        "status": one.state.status,
        "source": next((s.origin for s in one.sources if s.origin), ""),
        "queues": sorted(one.queues),
        "predicted": _class_name(one.predicted, names),
        "confidence": one.confidence,
    }


def decision(row: CurationDecision, names: ClassNames, patients: PatientNames) -> Document:
    """Describe one row of the ledger."""
    suggestion = row.suggested_by
    return {
        "number": row.number,
        "batch": row.batch,
        "sample": row.sample,
        "kind": row.kind,
        "before": _state(row.before, names, patients),
        "after": _state(row.after, names, patients),
        "applied": row.applied,
        "undoes": row.undoes,
        "who": row.who,
        "when": when(row.when),
        "reason": row.reason,
        "note": row.note,
        "suggested_by": None
        if suggestion is None
        else {"queue": suggestion.queue, "score": suggestion.score, "run": suggestion.run},
    }


def batch(result: BatchResult) -> Document:
    """Describe what a batch of decisions did."""
    return {
        "batch": result.batch,
        "applied": result.applied,
        "refused": [{"sample": r.sample, "why": r.why} for r in result.refused],
    }


def agreement(found: Agreement) -> Document:
    """Describe how far readers agree."""
    return {
        "samples": found.samples,
        "disputed": found.disputed,
        "fleiss": found.fleiss,
        "pairs": [
            {
                "one": pair.one,
                "other": pair.other,
                "samples": pair.kappa.samples,
                "groups": pair.kappa.groups,
                "observed": pair.kappa.observed,
                "kappa": pair.kappa.value,
                "low": pair.kappa.low,
                "high": pair.kappa.high,
            }
            for pair in found.pairs
        ],
    }


def brought(found: Brought) -> Document:
    """Describe what bringing in a ledger did."""
    return {
        "applied": found.applied,
        "refused": [{"sample": r.sample, "why": r.why} for r in found.refused],
        "known": found.known,
        "skipped": list(found.skipped),
    }


def run_row(run: Run) -> Document:
    """Describe a run as one row of the list of runs."""
    measured = run.evaluations.get("validation")
    return {
        "run": run.id,
        "number": run.number,
        "status": run.status,
        "started": when(run.started or run.created),
        "seconds": run.seconds,
        "preset": run.config.get("preset"),
        "backbone": run.config.get("backbone"),
        "fingerprint": run.fingerprint,
        "active": run.active,
        "leaky": run.leaky,
        "validation": None
        if measured is None
        else {
            "balanced_accuracy": measured.balanced_accuracy.value,
            "macro_f1": measured.macro_f1.value,
        },
        "test_version": run.test_version,
        "test_opened": run.test_opened,
        "message": run.message,
    }


def prediction(one: Prediction, names: ClassNames) -> Document:
    """Describe what a checkpoint says about one file."""
    return {
        "file": one.file,
        "sample": one.sample,
        "checkpoint": one.run,
        "top": _class_name(one.top, names),
        "confidence": one.confidence,
        "probabilities": {
            names[class_id]: p for class_id, p in zip(one.classes, one.probabilities, strict=True)
        }
        if one.probabilities
        else {},
        "status": one.status,
        "reason": one.reason,
        "prediction": one.id,
    }


def issue(one: Issue, samples: Mapping[SampleId, Sample], names: ClassNames) -> Document:
    """Describe a suspected defect."""
    return {
        "sample": one.sample,
        "file": samples[one.sample].file,
        "kind": one.kind,
        "score": round(one.score, 6),
        "reason": one.reason,
        "suggested_label": _class_name(one.suggested, names),
        "related": list(one.related),
        "related_files": [samples[other].file for other in one.related],
    }


def split(version: SplitVersion, placed: Sequence[Sample], leaks: Sequence[Leak]) -> Document:
    """Describe the split in use: what stands where."""
    sides: dict[Split | None, list[Sample]] = {}
    for one in placed:
        if one.state.status is not Status.EXCLUDED:
            sides.setdefault(one.split, []).append(one)
    return {
        "split_version": version.number,
        "kind": version.kind,
        "seed": version.seed,
        "created": when(version.created),
        "leaky": version.leaky,
        "splits": [
            {
                "split": side,
                "images": len(sides[side]),
                "patients": len({one.group for one in sides[side]}),
            }
            for side in (*Split, None)
            if side in sides
        ],
        "leaks": [_leak(one) for one in leaks],
    }


def balance(report: BalanceReport) -> Document:
    """Describe how much there is of each class, the balancing plan and the leaks."""
    names = {info.id: info.name for info in report.classes}
    return {
        "rows": [
            {
                "class": names[row.class_id],
                "split": row.split,
                "images": row.images,
                "patients": row.patients,
            }
            for row in report.rows
        ],
        "plan": {
            "method": report.plan.method,
            "target": {names[one]: images for one, images in report.plan.target.items()},
            "weights": {names[one]: weight for one, weight in report.plan.weights.items()},
        },
        "leaks": [_leak(one) for one in report.leaks],
    }


def trained(run: Run, names: ClassNames) -> Document:
    """Describe a run that has ended, with everything that was measured."""
    columns = [names[class_id] for class_id in run.classes]
    measured = {
        split: EvaluationDocument.of(one, columns).model_dump(mode="json", by_alias=True)
        for split, one in run.evaluations.items()
    }
    return {
        "run": run.id,
        "status": run.status,
        "preset": run.config.get("preset"),
        "backbone": run.config.get("backbone"),
        "seed": run.config.get("seed"),
        "epochs": run.epochs_done,
        "best_epoch": run.best_epoch,
        "seconds": run.seconds,
        "images_per_second": run.images_per_second,
        "fingerprint": run.fingerprint,
        "split_version": run.split_version,
        "test_version": run.test_version,
        "leaky": run.leaky,
        "active": run.active,
        "message": run.message,
        "evaluations": {side: measured.get(side) for side in ("validation", "test")},
        "folds": [one for side, one in measured.items() if side.startswith("fold-")],
        "out_of_fold": measured.get("out_of_fold"),
        "over_folds": {name: asdict(one) for name, one in evaluations.over_folds(run).items()},
    }


def _leak(one: Leak) -> Document:
    return {"kind": one.kind, "patient": one.patient, "files": list(one.files)}


def _class_name(label: ClassId | None, names: ClassNames) -> str | None:
    return None if label is None else names[label]


def _state(state: SampleState, names: ClassNames, patients: PatientNames) -> Document:
    return {
        "label": _class_name(state.label, names),
        "status": state.status,
        "patient": None if state.patient is None else patients[state.patient],
        "links": list(state.links),
    }
