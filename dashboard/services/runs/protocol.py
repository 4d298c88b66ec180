"""The published protocol and the same recipe split by patient: two runs, and their difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data import protocol
from core.data.protocol import Printed, Shared
from core.errors import AppError
from core.evaluation import intervals
from core.jobs.job_spec import JobSpec
from core.settings.config import TrainConfig
from core.types import BalanceMethod, Evaluation, Metric, Run, RunStatus
from dashboard.services.evaluation import evaluations
from dashboard.services.runs.estimates import Estimates
from dashboard.services.runs.trainer import Trainer
from storage.runs import runs
from storage.samples import classes
from storage.workspace.folder import Workspace

POSTER = "poster"
"""The kind of split of the leaky run."""
_ENDED = (RunStatus.FINISHED, RunStatus.STOPPED)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two runs of one recipe."""

    published: Run
    honest: Run

    @property
    def both(self) -> tuple[Run, Run]:
        """The leaky one first."""
        return self.published, self.honest

    @property
    def measured(self) -> bool:
        """Whether both have a test score."""
        return all(run.status in _ENDED and "test" in run.evaluations for run in self.both)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One run's column."""

    run: Run
    test: Evaluation
    shared: Shared


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Everything that the screen shows side by side."""

    names: Sequence[str]
    """Of the classes, in the order of both evaluations."""
    published: Side
    honest: Side
    printed: Printed | None
    """None where the poster has none of these classes."""
    gap: dict[str, Metric]
    """Published minus honest of accuracy, balanced_accuracy and macro_f1."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """How long both runs take."""

    seconds: float | None
    """At most; None: it is not known."""
    measuring: bool = False
    """Ask again in a moment."""


def start(trainer: Trainer, config: TrainConfig) -> Pair:
    """Queue both runs. Raises what `Trainer.start` raises.

    The samples are dealt inside the two jobs; the split in use stays as it is. Raises AppError
    while earlier ones are under way.
    """
    under_way = [
        str(run.number)
        for run in trainer.runs()
        if run.config.get("recipe") == protocol.RECIPE
        and run.status in (RunStatus.QUEUED, RunStatus.RUNNING)
    ]
    if under_way:
        raise AppError(
            f"The protocol is being reproduced already: run {' and '.join(under_way)}.",
            title="Under way",
            hint="Wait until it has ended, or stop it in Train.",
        )
    spec, new = trainer.prepared(config)
    published, honest = (
        replace(spec, samples=deal(spec.samples, np.random.default_rng(config.seed)))
        for deal in (protocol.as_published, protocol.by_patient)
    )
    print_of = published.fingerprint()
    alone = replace(
        new,
        fingerprint=print_of,
        split_kind=POSTER,
        split_version=0,
        test_version=f"0-{print_of[:6]}",
        leaky=True,
    )
    first = trainer.add(published, alone)
    return Pair(
        published=first,
        honest=trainer.add(honest, replace(new, fingerprint=honest.fingerprint())),
    )


def newest(workspace: Workspace) -> Pair | None:
    """Return the newest leaky run of the recipe with the honest run of the same settings."""
    with workspace.read() as session:
        by_number = runs.all_runs(session)
    ours = [run for run in by_number if run.config.get("recipe") == protocol.RECIPE]
    for published in reversed([run for run in ours if run.split_kind == POSTER]):
        for run in ours:
            later = run.number > published.number and run.split_kind != POSTER
            if later and run.config == published.config and run.classes == published.classes:
                return Pair(published=published, honest=run)
    return None


def compare(workspace: Workspace, pair: Pair) -> Compared:
    """Return both test scores side by side; that counts as opening test, for both runs.

    Raises AppError where one of them has none.
    """
    if not pair.measured:
        raise AppError(
            f"Runs {pair.published.number} and {pair.honest.number} have not both been measured "
            "on test.",
            title="Nothing to compare yet",
            hint="Wait until both have ended, or start them again.",
        )
    with workspace.read() as session:
        names_of = classes.names(session)
    names = [names_of[class_id] for class_id in pair.published.classes]
    published, honest = (
        Side(
            run=run,
            test=evaluations.open(workspace, run, "test"),
            shared=protocol.shared(JobSpec.read(workspace.runs / run.id).samples),
        )
        for run in pair.both
    )
    return Compared(
        names=names,
        published=published,
        honest=honest,
        printed=protocol.printed(names),
        gap={
            name: intervals.difference(getattr(published.test, name), getattr(honest.test, name))
            for name in ("accuracy", "balanced_accuracy", "macro_f1")
        },
    )


def settings(workspace: Workspace) -> tuple[TrainConfig, Run | None]:
    """Return the recipe with the network and the weights of the newest trained run, and that run.

    Before the first run: MobileNetV2 from ImageNet weights.
    """
    with workspace.read() as session:
        ended = [run for run in runs.all_runs(session) if run.status in _ENDED]
    if not ended:
        return protocol.settings(backbone="mobilenetv2_100"), None
    run = ended[-1]
    same = {name: run.config[name] for name in ("backbone", "init")}
    return protocol.settings(**same), run


def cost(estimates: Estimates, config: TrainConfig) -> Cost:
    """Return how long both runs take; what is not known is measured in the background.

    Each shows as many images per epoch as a run that is balanced by augmentation.
    """
    expected = estimates.expect(config.changed(balance=BalanceMethod.AUGMENTATION))
    seconds = None if expected.estimate is None else 2 * expected.estimate.seconds_at_most
    return Cost(seconds=seconds, measuring=expected.measuring)
