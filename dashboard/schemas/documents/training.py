"""The documents of what `train`, `resume` and `demo` end with: a trained run, a search."""

from collections.abc import Sequence
from typing import Self

from pydantic import JsonValue

from core.jobs.trials import Trial
from core.profiling.estimate import Estimate
from core.types import Metric, Run, RunId, RunStatus
from dashboard.schemas.documents.document import ClassNames, Document
from dashboard.schemas.documents.evaluation import EvaluationDocument
from dashboard.services.evaluation import evaluations
from dashboard.services.evaluation.evaluations import Spread
from dashboard.services.runs import searches


class TrainedRun(Document):
    """A run that has ended, with everything that was measured."""

    run: RunId
    status: RunStatus
    preset: str | None
    backbone: str | None
    seed: int | None
    epochs: int
    """That were completed."""
    best_epoch: int | None
    seconds: float | None
    images_per_second: float | None
    fingerprint: str
    split_version: int
    test_version: str
    leaky: bool
    active: bool
    message: str
    evaluations: dict[str, EvaluationDocument | None]
    """validation and test; None: not measured"""
    folds: tuple[EvaluationDocument, ...]
    out_of_fold: EvaluationDocument | None
    over_folds: dict[str, Spread]
    """Mean and standard deviation of each overall metric; empty below two folds."""

    @classmethod
    def of(cls, run: Run, names: ClassNames, **more: object) -> Self:
        """Return the document of a run that was measured; `more` are the fields of a subclass."""
        columns = [names[class_id] for class_id in run.classes]
        measured = {
            split: EvaluationDocument.of(evaluation, columns)
            for split, evaluation in run.evaluations.items()
        }
        return cls(
            run=run.id,
            status=run.status,
            preset=run.config.get("preset"),
            backbone=run.config.get("backbone"),
            seed=run.config.get("seed"),
            epochs=run.epochs_done,
            best_epoch=run.best_epoch,
            seconds=run.seconds,
            images_per_second=run.images_per_second,
            fingerprint=run.fingerprint,
            split_version=run.split_version,
            test_version=run.test_version,
            leaky=run.leaky,
            active=run.active,
            message=run.message,
            evaluations={split: measured.get(split) for split in ("validation", "test")},
            folds=tuple(
                evaluation for split, evaluation in measured.items() if split.startswith("fold-")
            ),
            out_of_fold=measured.get("out_of_fold"),
            over_folds=evaluations.over_folds(run),
            **more,
        )


class EstimatedRun(TrainedRun):
    """What `ai-mpox train` prints without a search."""

    estimate: Estimate | None
    """How long it was expected to take; seconds."""


class TrialDocument(Document):
    """A trial of a search: settings, and how they do on images that were not learned from."""

    number: int
    """0: the settings as they were given."""
    settings: dict[str, JsonValue]
    images: int
    patients: int
    accuracy: Metric
    balanced_accuracy: Metric
    macro_f1: Metric
    gain: Metric | None
    """In balanced accuracy over trial 0, in [-1, 1]; None for trial 0."""
    diverged: bool

    @classmethod
    def of(cls, trial: Trial) -> Self:
        """Return the document of a trial."""
        return cls.model_validate(trial, from_attributes=True)


class SearchDocument(Document):
    """A search and its finished trials."""

    run: RunId
    status: RunStatus
    asked_for: int
    """Trials."""
    trials: tuple[TrialDocument, ...]
    """Best first, diverged ones last."""

    @classmethod
    def of(cls, run: Run, trials: Sequence[Trial]) -> Self:
        """Return the document of a search."""
        return cls(
            run=run.id,
            status=run.status,
            asked_for=run.config["search"],
            trials=tuple(map(TrialDocument.of, searches.ranked(trials))),
        )


class SearchedRun(TrainedRun):
    """What `ai-mpox train` prints after a search: the run with the best settings, and trials."""

    search: SearchDocument


class StoppedSearch(Document):
    """A search that was stopped, so that nothing was trained with its best settings."""

    search: SearchDocument
