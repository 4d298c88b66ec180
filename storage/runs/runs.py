"""Training runs and their evaluations."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import (
    ClassId,
    ClassMetrics,
    Evaluation,
    Metric,
    Run,
    RunId,
    RunStatus,
    SampleId,
    setting_names,
)
from storage.database.run_tables import EvaluationRow, RunPredictionRow, RunRow
from storage.runs import queue
from storage.samples import samples

_LONGEST_NUMBER = 18
"""Decimals of a number that SQLite can look for."""


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """A run that is about to be queued."""

    id: RunId
    config: Mapping[str, Any]
    classes: tuple[ClassId, ...]
    fingerprint: str
    split_version: int
    split_kind: str
    test_version: str
    leaky: bool
    as_of: datetime | None = None
    repeats: int | None = None
    automatic: bool = False


def next_number(session: Session) -> int:
    """Return the number of the next run."""
    return (session.scalar(select(func.max(RunRow.number))) or 0) + 1


def add(session: Session, new: NewRun) -> None:
    """Queue a run."""
    session.add(
        RunRow(
            **{**asdict(new), "config": dict(new.config), "classes": list(new.classes)},
            status=RunStatus.QUEUED.value,
            created=datetime.now(UTC),
            active=False,
            process="",
            epochs_done=0,
            message="",
            test_opened=0,
            place=queue.next_place(session),
        )
    )
    session.flush()


def all_runs(session: Session, *, hidden: bool = False) -> list[Run]:
    """Return the runs that nobody has hidden, oldest first; all of them if `hidden`."""
    statement = select(RunRow).order_by(RunRow.number)
    rows = session.scalars(statement if hidden else statement.where(RunRow.deleted.is_(None)))
    measured = _evaluations(session)
    return [_run(row, measured.get(row.id, {})) for row in rows]


def find(session: Session, text: str) -> Run:
    """Return the run of that id or number. Raises AppError when there is none."""
    key = text.strip()
    wanted = RunRow.id == key
    if key.isascii() and key.isdigit() and len(key) <= _LONGEST_NUMBER:
        wanted = RunRow.number == int(key)
    row = session.scalar(select(RunRow).where(wanted))
    if row is None:
        raise AppError(
            f"There is no run '{text}'.",
            title="No such run",
            hint="`ai-mpox runs` lists them.",
        )
    return _run(row, _evaluations(session, row.id).get(row.id, {}))


def active(session: Session) -> Run | None:
    """Return the run whose checkpoint is active."""
    run = session.scalar(select(RunRow.id).where(RunRow.active))
    return None if run is None else find(session, run)


def with_status(session: Session, status: RunStatus) -> list[tuple[RunId, str]]:
    """Return (id, process) of the runs in a status, in the order of the queue."""
    statement = select(RunRow.id, RunRow.process).where(RunRow.status == status.value)
    rows = session.execute(statement.order_by(RunRow.place, RunRow.number))
    return [(RunId(run), process) for run, process in rows]


def change(session: Session, run: RunId, was: Iterable[RunStatus], **values: Any) -> bool:
    """Set columns of a run if its status is still one of `was`; say whether it was."""
    if isinstance(values.get("status"), RunStatus):
        values["status"] = values["status"].value
    in_status = RunRow.status.in_([status.value for status in was])
    changed = session.scalars(
        update(RunRow).where(RunRow.id == run, in_status).values(**values).returning(RunRow.id)
    )
    return changed.first() is not None


def activate(session: Session, run: RunId) -> None:
    """Make a run's checkpoint the active one, and its predictions those of the samples."""
    session.execute(update(RunRow).where(RunRow.active).values(active=False))
    session.execute(update(RunRow).where(RunRow.id == run).values(active=True))
    columns = RunPredictionRow.sample_id, RunPredictionRow.predicted, RunPredictionRow.confidence
    rows = session.execute(
        select(*columns)
        .where(RunPredictionRow.run_id == run)
        # A prediction by a model that never saw the sample comes last, and so wins.
        .order_by(RunPredictionRow.seen_in_training.desc())
    )
    predictions = {SampleId(sample): (ClassId(top), sure) for sample, top, sure in rows}
    samples.set_predictions(session, predictions)


def count_test_opening(session: Session, run: RunId) -> None:
    """Note that a person looked at the test split once more."""
    session.execute(
        update(RunRow).where(RunRow.id == run).values(test_opened=RunRow.test_opened + 1)
    )


def add_evaluation(session: Session, evaluation: Evaluation) -> None:
    """Keep an evaluation; it is never changed."""
    session.add(
        EvaluationRow(
            run_id=evaluation.run,
            split=evaluation.split,
            test_version=evaluation.test_version,
            created=datetime.now(UTC),
            document=asdict(evaluation),
        )
    )


def _evaluations(session: Session, run: str | None = None) -> dict[str, dict[str, Evaluation]]:
    statement = select(EvaluationRow)
    if run is not None:
        statement = statement.where(EvaluationRow.run_id == run)
    evaluations: dict[str, dict[str, Evaluation]] = {}
    for row in session.scalars(statement.order_by(EvaluationRow.id)):
        evaluations.setdefault(row.run_id, {})[row.split] = _evaluation(row.document)
    return evaluations


def _evaluation(raw: Mapping[str, Any]) -> Evaluation:
    metrics = {key: Metric(**raw[key]) for key in ("accuracy", "balanced_accuracy", "macro_f1")}
    rates = ("precision", "recall", "f1")
    classes = tuple(
        ClassMetrics(
            **{**entry, **{key: Metric(**entry[key]) if entry[key] else None for key in rates}}
        )
        for entry in raw["classes"]
    )
    confusion = tuple(tuple(row) for row in raw["confusion"])
    return Evaluation(**{**raw, **metrics, "classes": classes, "confusion": confusion})


def _run(row: RunRow, evaluations: Mapping[str, Evaluation]) -> Run:
    return Run(
        id=RunId(row.id),
        number=row.number,
        status=RunStatus(row.status),
        created=row.created,
        started=row.started,
        finished=row.finished,
        config=setting_names.of_today(row.config),
        classes=tuple(ClassId(class_id) for class_id in row.classes),
        fingerprint=row.fingerprint,
        split_version=row.split_version,
        split_kind=row.split_kind,
        test_version=row.test_version,
        leaky=row.leaky,
        active=row.active,
        best_epoch=row.best_epoch,
        epochs_done=row.epochs_done,
        seconds=row.seconds,
        images_per_second=row.images_per_second,
        message=row.message,
        test_opened=row.test_opened,
        evaluations=dict(evaluations),
        place=row.place,
        as_of=row.as_of,
        repeats=row.repeats,
        automatic=row.automatic,
        hidden=row.deleted is not None,
    )
