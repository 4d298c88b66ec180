"""What is known before a training starts: images, the network's stages, usable weights."""

from dataclasses import dataclass

from core.errors import AppError
from core.settings.config import TrainConfig
from core.types import SampleQuery, Status
from storage.queries import patient_counts
from storage.samples import samples
from storage.workspace.folder import Workspace


@dataclass(frozen=True, kw_only=True)
class Trainable:
    """How much labelled material there is (excluded samples left out)."""

    images: int
    patients: int
    """Counted as in Balance: those who share an image are one."""
    classes: int


@dataclass(frozen=True, kw_only=True)
class StageInfo:
    """A stage of a network, from input to output."""

    name: str
    layers: int
    parameters: int


@dataclass(frozen=True, kw_only=True)
class StagePlan(StageInfo):
    """A stage as a run would treat it."""

    frozen: bool
    """It keeps its initial weights."""


def trainable(workspace: Workspace) -> Trainable:
    """Return how many labelled samples, patients who can be told apart and classes there are."""
    kept = tuple(status for status in Status if status is not Status.EXCLUDED)
    with workspace.read() as session:
        labels = samples.facets(session, SampleQuery(statuses=kept)).labels
        counts = {label: n for label, n in labels.items() if label is not None and n}
        labelled = SampleQuery(statuses=kept, labels=tuple(counts))
        patients = patient_counts.apart(session, labelled) if counts else 0
    return Trainable(images=sum(counts.values()), patients=patients, classes=len(counts))


def stages(config: TrainConfig, classes: int) -> list[StageInfo]:
    """Return the stages of the chosen network."""
    from core.models import networks

    return [
        StageInfo(name=stage.name, layers=stage.layers, parameters=stage.parameters)
        for stage in networks.stages(config.backbone, max(classes, 2))
    ]


def plan(config: TrainConfig, classes: int) -> list[StagePlan]:
    """Return the stages of the chosen network, and which of them would be frozen.

    Without any epoch only the last stage, the new head, is fitted.
    """
    compositions = stages(config, classes)
    most = len(compositions) - 1
    frozen = min(config.frozen_stages, most) if config.epochs else most
    return [
        StagePlan(
            name=stage.name,
            layers=stage.layers,
            parameters=stage.parameters,
            frozen=place < frozen,
        )
        for place, stage in enumerate(compositions)
    ]


def must_fetch(config: TrainConfig) -> bool:
    """Return whether the initial weights have to be downloaded first."""
    from core.models import networks

    return config.init == "imagenet" and not networks.at_hand(config.backbone, config.init)


def weights_problem(config: TrainConfig) -> AppError | None:
    """Return why the initial weights cannot be used; nothing leaves this machine to find out."""
    from core.models import networks

    try:
        networks.check(config.backbone, config.init, ask_hub=False)
    except AppError as problem:
        return problem
    return None
