"""How long a run will take on this machine, from measured speeds and counted images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.data import balancing
from core.settings.config import TrainConfig, head_views
from core.types import ClassId, JobSample, Split


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """What was measured on this machine, for a network, its input and its settings."""

    train_rate: float | None
    """Images per second of training, changes of the images included; None without epochs."""
    forward_rate: float
    """Views per second that are looked at without learning."""
    read_rate: float
    """Photographs of this data set that are decoded and squeezed per second."""
    head_rate: float
    """Views per second that a head is fitted to."""
    start_seconds: float
    """Until the libraries are loaded and a network with its initial weights is in memory."""
    compile_seconds: float = 0.0
    """Until a network with its weights of the moment can look at many images."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """How many images a run reads, learns from and looks at."""

    train: Mapping[ClassId, int]
    validation: Mapping[ClassId, int]
    everything: int
    unread: int
    """Images that are not in the cache of decoded images yet."""
    embedded: int = 0
    """Views that the initial network has looked at already."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How long a run takes on this machine."""

    seconds_per_epoch: float | None
    """None without epochs: only a head is fitted."""
    seconds_at_most: float
    """If no epoch is spared by early stopping; cross-validation included."""


def workload(samples: Sequence[JobSample], unread: int, embedded: int = 0) -> Workload:
    """Count the images of a job."""
    sides: dict[Split, dict[ClassId, int]] = {Split.TRAIN: {}, Split.VALIDATION: {}}
    for sample in samples:
        if sample.label is not None and sample.split in sides:
            counts = sides[sample.split]
            counts[sample.label] = counts.get(sample.label, 0) + 1
    return Workload(
        train=sides[Split.TRAIN],
        validation=sides[Split.VALIDATION],
        everything=len(samples),
        unread=unread,
        embedded=embedded,
    )


def estimate(config: TrainConfig, load: Workload, speeds: Speeds) -> Estimate:
    """Return how long a run takes that starts with nothing but its probed speeds."""
    held, learnt = sum(load.validation.values()), sum(load.train.values())
    each = _training(config, load.train, speeds)
    each += held * config.measured_views / speeds.forward_rate
    seconds = speeds.start_seconds + load.unread / speeds.read_rate + config.all_epochs * each
    if config.pretrained:
        looked = learnt + held if config.epochs else load.everything
        seconds += _looking(looked * config.tta_views - load.embedded, speeds)
        seconds += _head(config, learnt, speeds)
    if config.epochs and not config.search:
        seconds += _looking(load.everything * config.tta_views, speeds)
    if config.search:
        # No network is trained but those of the folds, once per trial.
        seconds -= config.all_epochs * each
        seconds += (config.search - 1) * _folds(config, load, speeds)
    return Estimate(
        seconds_per_epoch=each if config.epochs else None,
        seconds_at_most=seconds + _folds(config, load, speeds),
    )


def _looking(views: float, speeds: Speeds) -> float:
    """Return the seconds in which a network with its weights of the moment looks at views."""
    return speeds.compile_seconds + views / speeds.forward_rate if views > 0 else 0.0


def _training(config: TrainConfig, counts: Mapping[ClassId, int], speeds: Speeds) -> float:
    """Return the seconds for one pass over training images, as often as the balance shows them."""
    if speeds.train_rate is None:
        return 0.0
    plan = balancing.plan(counts, config.balance, config.balance_target)
    return sum(plan.target.values()) / speeds.train_rate


def _head(config: TrainConfig, images: int, speeds: Speeds) -> float:
    return images * head_views(config.tta_views, images) / speeds.head_rate


def _folds(config: TrainConfig, load: Workload, speeds: Speeds) -> float:
    """Return the seconds for the folds' networks; each learns from all folds but its own."""
    if not config.folds:
        return 0.0
    labelled = {
        key: load.train.get(key, 0) + load.validation.get(key, 0)
        for key in {*load.train, *load.validation}
    }
    share = (config.folds - 1) / config.folds
    others = {key: round(count * share) for key, count in labelled.items()}
    per_fold = config.all_epochs * _training(config, others, speeds)
    if config.pretrained:
        per_fold += _head(config, sum(others.values()), speeds)
    if config.epochs:
        per_fold += _looking(sum(labelled.values()) * config.tta_views / config.folds, speeds)
    return config.folds * per_fold
