"""The documents of runs: a row of their list, and all of one."""

from dataclasses import asdict
from typing import Self

from pydantic import JsonValue

from core.types import Run, RunId, RunStatus
from dashboard.schemas.documents.document import Document, Moment
from dashboard.services.runs.run_details import RunDetails


class ValidationScores(Document):
    """What runs are ranked by, in [0, 1]."""

    balanced_accuracy: float
    macro_f1: float


class RunRow(Document):
    """A run as one row of the list of runs."""

    run: RunId
    number: int
    status: RunStatus
    started: Moment
    """When it was queued, before it starts."""
    seconds: float | None
    preset: str | None
    backbone: str | None
    fingerprint: str
    """Hash of the samples, labels, splits and groups that it saw."""
    active: bool
    leaky: bool
    validation: ValidationScores | None
    """None: not measured."""
    test_version: str
    test_opened: int
    """How often its test score was looked at."""
    message: str
    """Why it ended as it did; empty when all went well."""

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return the row of a run."""
        measured = run.evaluations.get("validation")
        return cls(
            run=run.id,
            number=run.number,
            status=run.status,
            started=run.started or run.created,
            seconds=run.seconds,
            preset=run.config.get("preset"),
            backbone=run.config.get("backbone"),
            fingerprint=run.fingerprint,
            active=run.active,
            leaky=run.leaky,
            validation=None
            if measured is None
            else ValidationScores(
                balanced_accuracy=measured.balanced_accuracy.value,
                macro_f1=measured.macro_f1.value,
            ),
            test_version=run.test_version,
            test_opened=run.test_opened,
            message=run.message,
        )


class RunDocument(RunRow):
    """One run with everything that is known of it; what is not there (yet) is empty."""

    as_of: Moment | None
    """The moment whose labels it saw; None: those of its start."""
    repeats: int | None
    """Number of the run whose settings it took over."""
    automatic: bool
    """Started by the dashboard, after enough decisions."""
    hidden: bool
    settings: dict[str, JsonValue]
    """Fields of `core.settings.config.TrainConfig`."""
    images: dict[str, int]
    """Split -> images."""
    hardware: dict[str, JsonValue]
    """Fields of `core.settings.config.Hardware`, and the processor's name."""
    versions: dict[str, JsonValue]
    """Package -> version."""
    cost: dict[str, int | float]
    """Fields of `core.devices.resource_usage.Cost`."""
    log: tuple[str, ...]
    traceback: str

    @classmethod
    def of_files(cls, run: Run, details: RunDetails) -> Self:
        """Return the document of a run and of what its folder holds."""
        return cls(
            **dict(RunRow.of(run)),
            as_of=run.as_of,
            repeats=run.repeats,
            automatic=run.automatic,
            hidden=run.hidden,
            settings=dict(details.settings),
            images=dict(details.images),
            hardware=dict(details.hardware),
            versions=dict(details.versions),
            cost={} if details.cost is None else asdict(details.cost),
            log=details.log,
            traceback=details.traceback,
        )
