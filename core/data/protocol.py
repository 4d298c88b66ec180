"""The published protocol, whose leak inflates the metrics, and the same protocol without it.

Published: changed copies of the rarer classes are made first, then photographs and copies are
dealt 80/20 into training and test, and 80/20 again for validation, each image by itself. A copy
of a test image, and its patient, then often are in training. Honest: patients are dealt, and
only training gets copies. Both ways deal a job's samples; nothing outside the job is changed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.data import class_names
from core.settings.config import TrainConfig
from core.types import ClassId, JobSample, SampleId, Split

RECIPE = "poster"
HELD_OUT = 0.2
"""Share of the images that becomes test, and share of the rest that becomes validation."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What the poster prints for some classes; it gives neither intervals nor counts."""

    rates: Mapping[str, tuple[float, float, float]]
    """Class as it is called here -> (precision, recall, F1)."""
    accuracy: float | None
    """Over all six; None where the classes are not these six."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What test and training of a run have in common."""

    test: int
    """Test images, copies included."""
    photographs: int
    """Different photographs among them."""
    copied: int
    """Test images of whose photograph another version is in training."""
    patients: int
    """Test images whose patient is in training, too."""


_POSTER = {
    "Chickenpox": (0.88, 0.99, 0.93),
    "Cowpox": (1.00, 0.96, 0.98),
    "Healthy": (0.91, 0.99, 0.95),
    "HFMD": (0.88, 0.92, 0.90),
    "Measles": (0.92, 0.94, 0.93),
    "Monkeypox": (0.97, 0.78, 0.86),
}
_POSTER_ACCURACY = 0.93


def printed(names: Sequence[str]) -> Printed | None:
    """Return the poster's rows for classes that it knows under some name; None without any."""
    rates = {
        name: _POSTER[class_names.canonical(name)]
        for name in names
        if class_names.canonical(name) in _POSTER
    }
    if not rates:
        return None
    same = sorted(map(class_names.canonical, names)) == sorted(_POSTER)
    return Printed(rates=rates, accuracy=_POSTER_ACCURACY if same else None)


def settings(**overrides: Any) -> TrainConfig:
    """Return the recipe's settings: the same for the leaky run and for the honest one.

    The poster names 224 pixels in [0, 1], transfer learning, cross-entropy and Adam. It does not
    say its learning rate, batch size and epochs; these are usual ones for that recipe.
    """
    recipe = {
        "preset": "balanced",
        "recipe": RECIPE,
        "image_size": 224,
        "optimizer": "adam",
        "learning_rate": 3e-4,
        "layer_decay": 1.0,
        "weight_decay": 0.0,
        "batch_size": 32,
        "epochs": 10,
        "warmup_epochs": 0.0,
        "patience": 5,
        "balance": "none",
        "augmentation": "none",
        "label_smoothing": 0.0,
        "tta_views": 1,
        "intermediate_blocks": 0,
    }
    return TrainConfig.model_validate({**recipe, **overrides})


def as_published(samples: Sequence[JobSample], rng: np.random.Generator) -> tuple[JobSample, ...]:
    """Return photographs and copies dealt one by one; without a label they have no split."""
    own = [replace(sample, split=None, fold=None) for sample in samples]
    dealt = [*own, *_copies(own, rng)]
    places = [place for place, sample in enumerate(dealt) if sample.label is not None]
    order = rng.permutation(places).tolist()
    test = round(HELD_OUT * len(order))
    validation = round(HELD_OUT * (len(order) - test))
    side = dict.fromkeys(order, Split.TRAIN)
    side |= dict.fromkeys(order[:test], Split.TEST)
    side |= dict.fromkeys(order[test : test + validation], Split.VALIDATION)
    return tuple(replace(sample, split=side.get(place)) for place, sample in enumerate(dealt))


def by_patient(samples: Sequence[JobSample], rng: np.random.Generator) -> tuple[JobSample, ...]:
    """Return the samples as they are split already, and copies of training photographs only."""
    own = [replace(sample, fold=None) for sample in samples]
    return (*own, *_copies([sample for sample in own if sample.split is Split.TRAIN], rng))


def _copies(samples: Sequence[JobSample], rng: np.random.Generator) -> list[JobSample]:
    """Return the copies with which every class has as many images as the largest.

    Every photograph of a class is copied once before any is copied twice.
    """
    members: dict[ClassId, list[JobSample]] = defaultdict(list)
    for sample in samples:
        if sample.label is not None:
            members[sample.label].append(sample)
    largest = max(map(len, members.values()), default=0)
    copies: list[JobSample] = []
    for label in sorted(members):
        own = members[label]
        rounds, rest = divmod(largest - len(own), len(own))
        copies += [_copy(sample, number) for number in range(1, rounds + 1) for sample in own]
        chosen = sorted(rng.permutation(len(own))[:rest].tolist())
        copies += [_copy(own[place], rounds + 1) for place in chosen]
    return copies


def _copy(sample: JobSample, number: int) -> JobSample:
    name = SampleId(f"{sample.id}-{number}")
    return replace(sample, id=name, original=sample.id, copy=number)


def shared(samples: Sequence[JobSample]) -> Shared:
    """Count what is on both sides of a run's split."""
    test = [sample for sample in samples if sample.split is Split.TEST and sample.label is not None]
    train = [sample for sample in samples if sample.split is Split.TRAIN]
    photographs = {sample.original or sample.id for sample in train}
    patients = {sample.group for sample in train}
    return Shared(
        test=len(test),
        photographs=len({sample.original or sample.id for sample in test}),
        copied=sum((sample.original or sample.id) in photographs for sample in test),
        patients=sum(sample.group in patients for sample in test),
    )
