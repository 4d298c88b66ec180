"""Takes a finished run folder into the database: once, in one transaction, by whoever is there."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from core import files
from core.errors import AppError, JobFailed
from core.evaluation import metrics
from core.jobs import trials
from core.jobs.job_spec import FOLDS, PREDICTIONS, RESULT, JobSpec
from core.jobs.trials import Trial
from core.types import (
    ClassId,
    Embeddings,
    Evaluation,
    JobSample,
    Probabilities,
    Run,
    RunStatus,
    SampleId,
    Split,
)
from storage.queries import similarity
from storage.runs import runs, sample_predictions
from storage.runs.sample_predictions import Scored
from storage.samples import samples
from storage.workspace.folder import Workspace

POOL = "pool"
OUT_OF_FOLD = "out_of_fold"


@dataclass(frozen=True, kw_only=True)
class _Results:
    """What a finished job left in its folder."""

    result: Mapping[str, Any]
    spec: JobSpec
    ids: list[SampleId]
    probabilities: Probabilities
    embeddings: Embeddings
    folds: list[tuple[SampleId, int, tuple[float, ...]]]


def ingest(workspace: Workspace, run: Run) -> bool:
    """Store what a run has found; return False where somebody else has done so already."""
    if run.config.get("search"):
        # Its trials stay in its folder: there is no checkpoint, and no sample is predicted.
        result = _result(workspace.runs / run.id)
        result = {**result, "message": _best_of(trials.read(workspace.runs / run.id))}
        with workspace.transaction() as session:
            return _end(session, run, result)
    results = _read(workspace.runs / run.id)
    scored, measured = _scored(results), _measured(results, run)
    _keep_embeddings(workspace.cache / "embeddings" / run.id, results)
    with workspace.transaction() as session:
        if not _end(session, run, results.result):
            return False
        alive = samples.states(session, [row.sample for row in scored])
        sample_predictions.add(session, run.id, [row for row in scored if row.sample in alive])
        for evaluation in measured:
            runs.add_evaluation(session, evaluation)
        by_itself = not run.leaky and not run.automatic and run.as_of is None
        if by_itself and runs.active(session) is None:
            runs.activate(session, run.id)
    return True


def _end(session: Session, run: Run, result: Mapping[str, Any]) -> bool:
    """Note how a run ended; return False where somebody else has done so already."""
    return runs.change(
        session,
        run.id,
        (RunStatus.RUNNING, RunStatus.INTERRUPTED),
        status=RunStatus(result["status"]),
        finished=datetime.now(UTC),
        best_epoch=result["best_epoch"],
        epochs_done=result["epochs_done"],
        seconds=result["seconds"],
        images_per_second=result.get("images_per_second"),
        message=result.get("message", ""),
    )


def _best_of(finished: Sequence[Trial]) -> str:
    best = trials.best(finished)
    if best is None and finished:
        return f"All {len(finished)} trials diverged; search again from a smaller learning rate."
    if best is None:
        return "No trial was finished."
    score = best.balanced_accuracy
    which = f"The best of {len(finished)} trials is number {best.number + 1}"
    if len(finished) == 1:
        which = "Only the settings as given were tried"
    return (
        f"{which}: balanced accuracy {100 * score.value:.1f} % "
        f"({100 * score.low:.1f} to {100 * score.high:.1f}) out of fold."
    )


def restore_embeddings(workspace: Workspace) -> None:
    """Write the embeddings of ingested runs again where the cache has been deleted.

    Raises OSError where they cannot be written.
    """
    with workspace.read() as session:
        ended = [run for run in runs.all_runs(session) if run.evaluations]
    for run in ended:
        kept = workspace.cache / "embeddings" / run.id
        if not (kept / "ids.json").exists():
            # A run whose folder is gone or damaged as well has nothing to give.
            with contextlib.suppress(AppError):
                _keep_embeddings(kept, _read(workspace.runs / run.id))


def _result(folder: Path) -> Mapping[str, Any]:
    try:
        result: dict[str, Any] = json.loads((folder / RESULT).read_bytes())
    except (OSError, ValueError) as why:
        raise _unreadable() from why
    return result


def _unreadable() -> JobFailed:
    return JobFailed(
        "The results of this run cannot be read.",
        title="Results not readable",
        hint="Start the run again.",
    )


def _read(folder: Path) -> _Results:
    stored = files.read_arrays(folder / PREDICTIONS, ("ids", "probabilities", "embeddings"))
    if stored is None:
        raise _unreadable()
    return _Results(
        result=_result(folder),
        spec=JobSpec.read(folder),
        ids=[SampleId(str(sample)) for sample in stored["ids"]],
        probabilities=stored["probabilities"].astype(np.float64),
        embeddings=stored["embeddings"].astype(np.float32),
        folds=_read_folds(folder / FOLDS),
    )


def _read_folds(file: Path) -> list[tuple[SampleId, int, tuple[float, ...]]]:
    if not file.exists():
        return []
    stored = files.read_arrays(file, ("ids", "fold", "probabilities"))
    if stored is None:
        raise _unreadable()
    rows = zip(stored["ids"], stored["fold"], stored["probabilities"], strict=True)
    return [
        (SampleId(str(sample)), int(fold), tuple(float(p) for p in shares))
        for sample, fold, shares in rows
    ]


def _scored(results: _Results) -> list[Scored]:
    by_id = {sample.id: sample for sample in results.spec.samples}
    columns = [class_id for class_id, _ in results.spec.classes]
    main = [
        _one(by_id[sample], columns, tuple(float(p) for p in shares), None)
        for sample, shares in zip(results.ids, results.probabilities, strict=True)
        # A copy exists within its run alone; it is measured, but it is no sample.
        if not by_id[sample].copy
    ]
    return main + [_one(by_id[s], columns, shares, OUT_OF_FOLD) for s, _, shares in results.folds]


def _one(
    sample: JobSample, columns: list[ClassId], shares: tuple[float, ...], split: str | None
) -> Scored:
    top = int(np.argmax(shares))
    own = POOL if sample.split is None else sample.split.value
    return Scored(
        sample=sample.id,
        split=split or own,
        label=sample.label,
        predicted=columns[top],
        confidence=shares[top],
        probabilities=shares,
        # Validation chose the epoch, so it is no stranger either; only its labels were unseen.
        seen_in_training=split is None and sample.split is Split.TRAIN,
    )


def _measured(results: _Results, run: Run) -> list[Evaluation]:
    by_id = {sample.id: sample for sample in results.spec.samples}
    row_of = {sample: row for row, sample in enumerate(results.ids)}
    columns = tuple(class_id for class_id, _ in results.spec.classes)
    parts: dict[str, list[tuple[JobSample, Any]]] = {}
    for sample in results.spec.samples:
        is_measured = sample.split in (Split.VALIDATION, Split.TEST) and sample.id in row_of
        if is_measured and sample.split is not None and sample.label is not None:
            shares = results.probabilities[row_of[sample.id]]
            parts.setdefault(sample.split.value, []).append((sample, shares))
    for sample_id, fold, fold_shares in results.folds:
        for name in (OUT_OF_FOLD, f"fold-{fold}"):
            parts.setdefault(name, []).append((by_id[sample_id], fold_shares))
    return [
        metrics.evaluate(
            metrics.answers(
                [sample.label for sample, _ in rows if sample.label is not None],
                np.array([shares for _, shares in rows]),
                [sample.group for sample, _ in rows],
                columns,
            ),
            columns,
            run=run.id,
            split=name,
            test_version=run.test_version,
        )
        for name, rows in parts.items()
    ]


def _keep_embeddings(folder: Path, results: _Results) -> None:
    copies = {sample.id for sample in results.spec.samples if sample.copy}
    own = [row for row, sample in enumerate(results.ids) if sample not in copies]
    similarity.write(folder, [results.ids[row] for row in own], results.embeddings[own])
