"""The published recipe and its honest twin: how they deal, and what they have in common."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data import protocol, protocol_copies
from core.evaluation import intervals
from core.imaging import squares
from core.jobs import job_process, job_spec
from core.models import checkpoint
from core.types import ClassId, JobSample, Metric, SampleId, Split
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


def sample(name: str, label: int | None, group: int, split: Split | None = None) -> JobSample:
    return JobSample(
        id=SampleId(name),
        path=f"media/{name}.png",
        label=None if label is None else ClassId(label),
        split=split,
        group=group,
    )


SIX_TO_ONE = [sample(f"a{n}", 1, n) for n in range(6)] + [sample("b", 2, 9)]


def test_the_published_way_grows_every_class_before_it_splits() -> None:
    dealt = protocol.as_published(SIX_TO_ONE, np.random.default_rng(0))
    assert Counter(sample.label for sample in dealt) == {1: 6, 2: 6}
    # 12 pictures: 20 % of 12 is 2, 20 % of the 10 others is 2.
    assert Counter(sample.split for sample in dealt) == {
        Split.TEST: 2,
        Split.VALIDATION: 2,
        Split.TRAIN: 8,
    }
    own = [sample for sample in dealt if sample.label == 2]
    assert [(sample.original, sample.copy) for sample in own] == [
        (None, 0),
        *[(SampleId("b"), n) for n in range(1, 6)],
    ]


def test_the_honest_way_copies_training_photographs_only() -> None:
    samples = [
        *[sample(f"a{n}", 1, n, Split.TRAIN) for n in range(3)],
        sample("b", 2, 10, Split.TRAIN),
        sample("c", 2, 11, Split.TEST),
        sample("d", 2, 12, Split.VALIDATION),
        sample("pool", None, 13),
    ]
    dealt = protocol.by_patient(samples, np.random.default_rng(0))
    assert list(dealt[:7]) == samples
    assert [(sample.id, sample.split, sample.group) for sample in dealt[7:]] == [
        ("b-1", Split.TRAIN, 10),
        ("b-2", Split.TRAIN, 10),
    ]
    assert protocol.shared(dealt) == protocol.Shared(test=1, photographs=1, copied=0, patients=0)


def test_no_part_of_the_recipe_comes_from_a_preset() -> None:
    recipe = protocol.settings(backbone="mobilenetv2_100", init="known.pth")
    named = {
        "preset": "balanced",
        "recipe": "poster",
        "backbone": "mobilenetv2_100",
        "init": "known.pth",
        "optimizer": "adam",
        "learning_rate": 3e-4,
        "epochs": 10,
        "batch_size": 32,
        "image_size": 224,
        "patience": 5,
        "tta_views": 1,
        "layer_decay": 1.0,
        "balance": "none",
        "augmentation": "none",
    }
    zero = {key: value for key, value in recipe.model_dump(mode="json").items() if not value}
    rest = {"trainings": 1, "folds_by": "patient", "balance_target": None, **zero}
    assert recipe.model_dump(mode="json") == {**rest, **named}


def test_every_photograph_is_copied_once_before_any_is_copied_twice() -> None:
    samples = [sample(f"a{n}", 1, n) for n in range(8)] + [
        sample(f"b{n}", 2, 10 + n) for n in range(3)
    ]
    dealt = protocol.as_published(samples, np.random.default_rng(0))
    made = Counter(sample.original for sample in dealt if sample.copy)
    assert sorted(made.values()) == [1, 2, 2]


def test_copies_and_patients_on_both_sides_are_counted() -> None:
    photograph = sample("a", 1, 1, Split.TEST)
    samples = [
        photograph,
        replace(photograph, id=SampleId("a-1"), original=photograph.id, copy=1),
        replace(photograph, id=SampleId("a-2"), original=photograph.id, copy=2, split=Split.TRAIN),
        sample("b", 1, 2, Split.TRAIN),
        sample("sibling of b", 1, 2, Split.TEST),
        sample("alone", 2, 3, Split.TEST),
        sample("alone in validation", 2, 3, Split.VALIDATION),
    ]
    assert protocol.shared(samples) == protocol.Shared(test=4, photographs=3, copied=2, patients=3)


def test_the_poster_is_quoted_for_its_own_classes_under_any_of_their_names() -> None:
    six = ["Chickenpox", "Cowpox", "Healthy", "HFMD", "Measles", "Mpox"]
    printed = protocol.printed(six)
    assert printed is not None
    assert printed.accuracy == 0.93
    assert printed.rates["Mpox"] == (0.97, 0.78, 0.86)
    some = protocol.printed(["varicella", "Eczema"])
    assert some is not None
    assert (some.accuracy, dict(some.rates)) == (None, {"varicella": (0.88, 0.99, 0.93)})
    assert protocol.printed(["Cat", "Dog"]) is None


def test_a_difference_adds_the_squares_of_both_intervals() -> None:
    difference = intervals.difference(
        Metric(value=0.9, low=0.87, high=0.93), Metric(value=0.7, low=0.6, high=0.74)
    )
    # 0.2 - hypot(0.03, 0.04), 0.2 + hypot(0.03, 0.1)
    assert np.allclose(
        (difference.value, difference.low, difference.high), (0.2, 0.15, 0.2 + 0.1044), atol=1e-4
    )


def test_copies_are_changed_pictures_made_again_alike(tmp_path: Path) -> None:
    own = job_examples.samples(tmp_path, per_class=2)
    copy = replace(own[0], id=SampleId("copy"), original=own[0].id, copy=1)
    other = replace(copy, id=SampleId("other"), copy=2)
    given = [own[0], copy, other]
    assert protocol_copies.photographs(given) == [own[0]]
    pictures = [squares.store(job_examples.picture(3, 0), 45)]
    first = protocol_copies.complete(given, pictures, tmp_path / "one", seed=0)
    again = protocol_copies.complete(given, pictures, tmp_path / "two", seed=0)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[1], first[2])


def test_a_job_with_copies_trains_on_pixels_from_zero_to_one_and_leaves_no_copy(
    tmp_path: Path,
) -> None:
    spec = job_examples.spec(tmp_path, recipe="poster", epochs=1)
    dealt = protocol.as_published(
        [sample for sample in spec.samples if sample.label != 9 or sample.group % 10 < 4],
        np.random.default_rng(0),
    )
    folder = tmp_path / "runs" / "poster"
    folder.mkdir(parents=True)
    replace(spec, samples=dealt).write(folder)
    assert job_process.run(folder) == 0, (folder / job_spec.ERROR).read_text()
    assert job_examples.predictions(folder)["ids"].tolist() == [sample.id for sample in dealt]
    meta, _ = checkpoint.read(folder / job_spec.CHECKPOINT)
    assert (meta.preprocessing.mean, meta.preprocessing.std) == ((0, 0, 0), (1, 1, 1))
    assert not (folder / job_spec.LAST).exists()
