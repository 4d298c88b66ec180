"""Puts runs into the queue: new ones, ones like an earlier run, exact repetitions."""

import os
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.errors import AppError
from core.jobs.job_spec import JobSpec
from core.settings.config import TrainConfig
from core.settings.limits import BACKBONES
from core.types import Run, RunId, RunStatus, Split
from dashboard.services.runs import snapshot
from dashboard.services.splits import split_versions
from storage.runs import runs
from storage.runs.runs import NewRun
from storage.samples import splits
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run is asked for."""

    config: TrainConfig
    split: str = "patient"
    """patient, author:K or image"""
    allow_leak: bool = False
    as_of: datetime | None = None
    """Train on the labels of that moment; None: on those of now."""
    repeats: int | None = None
    """Number of the run whose settings these are."""
    automatic: bool = False


def threads_of(config: TrainConfig, training: int) -> int:
    """Return how many threads a run gets where a training gets `training`.

    Without epochs it takes seconds that somebody waits for: then all, behind what a page asks for.
    """
    return training if config.epochs else max(training, os.cpu_count() or 1)


def queue(workspace: Workspace, wanted: Wanted, threads: int) -> RunId:
    """Queue a run. Raises LeakingSplit, WeightsUnavailable or AppError."""
    if wanted.config.recipe:
        raise AppError(
            "A published protocol is reproduced by two runs that belong together.",
            title="Not one run alone",
            hint="Reproduce the protocol in Evaluate, or with `ai-mpox protocol`.",
        )
    return add(workspace, *prepared(workspace, wanted, threads))


def prepared(workspace: Workspace, wanted: Wanted, threads: int) -> tuple[JobSpec, NewRun]:
    """Return the job of a run and what is known of it before it is queued; raises as `queue`."""
    config = _with_weights_found(workspace, wanted.config)
    _check_network(config)
    with split_versions.trying(workspace, wanted.split) as version:
        leaky = snapshot.gate(workspace, allow_leak=wanted.allow_leak) or version.leaky
        spec = snapshot.take(
            workspace,
            config,
            threads_of(config, threads),
            as_of=wanted.as_of,
            version=version.number,
        )
        leaky = snapshot.gate_folds(spec, allow_leak=wanted.allow_leak) or leaky
    held = [(sample.id, sample.label) for sample in spec.samples if sample.split is Split.TEST]
    new = NewRun(
        id=RunId(""),
        config=spec.config.model_dump(mode="json"),
        classes=tuple(class_id for class_id, _ in spec.classes),
        fingerprint=spec.fingerprint(),
        split_version=version.number,
        split_kind=version.kind,
        test_version=splits.name_test(version.number, held),
        leaky=leaky,
        as_of=wanted.as_of,
        repeats=wanted.repeats,
        automatic=wanted.automatic,
    )
    return spec, new


def repeat(workspace: Workspace, run: Run) -> RunId:
    """Queue the very job of a run again: its images, labels, split, settings and precision.

    Raises JobFailed where its job file is gone.
    """
    spec = JobSpec.read(workspace.runs / run.id)
    return add(
        workspace,
        spec,
        NewRun(
            id=RunId(""),
            config=run.config,
            classes=run.classes,
            fingerprint=spec.fingerprint(),
            split_version=run.split_version,
            split_kind=run.split_kind,
            test_version=run.test_version,
            leaky=run.leaky,
            as_of=run.as_of or run.created,
            repeats=run.number,
        ),
    )


def add(workspace: Workspace, spec: JobSpec, new: NewRun) -> RunId:
    """Queue a job under an id of its own."""
    with workspace.transaction() as session:
        run = RunId(f"run-{runs.next_number(session)}-{secrets.token_hex(2)}")
        folder = workspace.runs / run
        folder.mkdir(parents=True)
        spec.write(folder)
        runs.add(session, replace(new, id=run))
    return run


def _check_network(config: TrainConfig) -> None:
    """Raise AppError for a network that timm does not know or that refuses images of this size."""
    if config.backbone not in BACKBONES:
        # timm, which takes seconds to load, is asked only where the answer is not known.
        from core.models import profile

        profile.describe(config.backbone, config.image_size)


def _with_weights_found(workspace: Workspace, config: TrainConfig) -> TrainConfig:
    if config.init == "random":
        return config
    # The child has another working directory, and a run may be repeated from anywhere.
    path = config.init if config.init == "imagenet" else str(Path(config.init).resolve())
    resolved = config.changed(init=path)
    if not _loaded_before(workspace, resolved):
        # timm, which takes seconds to load, is asked only where there are weights to be checked.
        from core.models import networks

        networks.check(config.backbone, config.init, ask_hub=True)
    return resolved


def _loaded_before(workspace: Workspace, config: TrainConfig) -> bool:
    """Say whether a finished run began with these weights, of this name at least.

    Where they have changed or gone since, the job says so.
    """
    with workspace.read() as session:
        finished = [
            run.config for run in runs.all_runs(session) if run.status is RunStatus.FINISHED
        ]
    weights = {"backbone": config.backbone, "init": config.init}
    there = config.init == "imagenet" or Path(config.init).is_file()
    return there and any(weights.items() <= used.items() for used in finished)
