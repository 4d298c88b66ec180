"""Finders on drawn pictures and on numbers that can be checked by hand."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.curation import issues, local_features, near_duplicates, shortcuts
from core.curation.evidence import Evidence
from core.curation.near_duplicates import Twin
from core.imaging import measurements, quality
from core.types import IssueKind, Split


def scene(seed: int, side: int = 240) -> Image.Image:
    """Draw a picture that has corners enough to be recognised by."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (side, side), tuple(rng.integers(90, 170, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(70):
        x, y, r = rng.integers(0, side), rng.integers(0, side), rng.integers(4, 22)
        colour = tuple(rng.integers(0, 255, 3).tolist())
        pen.polygon([(x - r, y), (x, y - r), (x + r, y + r // 2)], fill=colour)
    return image


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def evidence(count: int, **changes: Any) -> Evidence:
    facts = measurements.stack([measurements.measure(scene(0))] * count)
    plain = Evidence(
        embeddings=[np.eye(count, dtype=np.float32)],
        facts=facts,
        labels=np.zeros(count, dtype=np.int64),
        class_names=["A", "B"],
        folds=np.arange(count) % 2,
        groups=np.arange(count),
        patients=[frozenset({f"p{n}"}) for n in range(count)],
        splits=[Split.TRAIN] * count,
        copies=np.ones(count, dtype=np.int64),
        origins=[""] * count,
    )
    return replace(plain, **changes)


def test_copies_that_were_encoded_resized_cropped_or_mirrored_are_recognised() -> None:
    original = scene(1)
    first = local_features.features(original)
    copies = [
        jpeg(original, 40),
        original.resize((150, 150)),
        original.crop((30, 10, 230, 210)),
        original.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        original.point(lambda value: min(255, int(value * 1.2))),
    ]
    agreed = [near_duplicates.overlap(first, local_features.features(copy)) for copy in copies]
    assert min(agreed) >= near_duplicates.ENOUGH
    others = [local_features.features(scene(seed)) for seed in range(2, 8)]
    assert max(near_duplicates.overlap(first, other) for other in others) < near_duplicates.ENOUGH


@pytest.mark.parametrize("count", [2, 5, 60, 900])
def test_candidates_grow_with_the_images_and_not_with_their_pairs(count: int) -> None:
    rng = np.random.default_rng(count)
    vectors = rng.normal(size=(count, 32)).astype(np.float32)
    vectors[-1] = vectors[0] + 0.01  # a near duplicate
    facts = measurements.stack([measurements.measure(scene(1, 64))] * count)
    facts = replace(facts, hashes=np.full_like(facts.hashes, measurements.NO_HASH))
    none = np.zeros((count, 8), np.float32)
    pairs = near_duplicates.candidates([vectors], none, facts)
    assert pairs[0].tolist() == [0, count - 1]  # the likeliest first
    assert set(pairs.ravel().tolist()) == set(range(count))
    assert len(pairs) <= count * near_duplicates.NEIGHBOURS
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_what_only_the_local_features_find_alike_is_a_candidate_too() -> None:
    count, rng = 60, np.random.default_rng(0)
    vectors = np.eye(count, dtype=np.float32)
    vectors[:, 0] = 1.0
    aggregated = rng.normal(size=(count, 32)).astype(np.float32)
    aggregated[40] = aggregated[50] + 0.01
    aggregated[:5] = 0.0  # without local features
    facts = measurements.stack([measurements.measure(scene(1, 64))] * count)
    facts = replace(facts, hashes=np.full_like(facts.hashes, measurements.NO_HASH))
    apart = near_duplicates.candidates([vectors], np.zeros_like(aggregated), facts).tolist()
    pairs = near_duplicates.candidates([vectors], aggregated, facts).tolist()
    assert [40, 50] in pairs
    assert [40, 50] not in apart
    assert sorted(pair for pair in pairs if pair[0] < 5) == sorted(
        pair for pair in apart if pair[0] < 5
    )


def test_what_is_measured_says_blurred_dark_and_framed() -> None:
    sharp = measurements.measure(scene(1))
    blurred = measurements.measure(scene(1).resize((12, 12)).resize((240, 240)))
    assert blurred.sharpness < 0.5 * sharp.sharpness
    black = measurements.measure(Image.new("RGB", (64, 64)))
    assert (black.dark, black.brightness, black.hashes) == (1.0, 0.0, measurements.NO_HASH)
    framed = Image.new("RGB", (200, 200), "white")
    framed.paste(scene(1, 100), (50, 50))
    # 50 plain rows above and 50 below, of 200.
    assert abs(measurements.measure(framed).border - 0.5) < 0.03


def test_a_frame_is_named_and_bare_skin_is_no_frame() -> None:
    framed = Image.new("RGB", (200, 200), "white")
    framed.paste(scene(1, 100), (50, 50))
    bare = Image.new("RGB", (200, 200), (205, 160, 130))
    facts = measurements.stack([measurements.measure(image) for image in (framed, bare)])
    assert facts.border[1] == 1.0
    told = {row: reason.lower() for row, _, reason in quality.defects(facts)}
    assert "framed (50 % of it is plain border)" in told[0]
    assert "framed" not in told.get(1, "")


def test_a_picture_of_two_patients_and_twins_of_two_groups_are_found() -> None:
    given = evidence(
        3,
        patients=[frozenset({"a", "b"}), frozenset({"c"}), frozenset({"d"})],
        twins=[Twin(row=1, other=2, likeness=0.9)],
    )
    by_row = {finding.row: finding for finding in issues.FINDERS[IssueKind.CROSS_PATIENT](given)}
    assert (by_row[0].score, by_row[1].score, by_row[1].related) == (1.0, 0.9, (2,))
    assert "a and b" in by_row[0].reason
    same = replace(given, groups=np.array([0, 1, 1]))
    assert [finding.row for finding in issues.FINDERS[IssueKind.CROSS_PATIENT](same)] == [0]


def test_a_patient_and_a_twin_on_two_sides_are_leaks() -> None:
    given = evidence(
        4,
        groups=np.array([0, 0, 1, 2]),
        splits=[Split.TRAIN, Split.TEST, Split.TRAIN, Split.VALIDATION],
        twins=[Twin(row=2, other=3, likeness=0.8)],
    )
    scores = {finding.row: finding.score for finding in issues.FINDERS[IssueKind.LEAK](given)}
    assert scores == {0: 1.0, 1: 1.0, 2: 0.8, 3: 0.8}


def test_siblings_of_several_classes_are_scored_by_how_many_disagree() -> None:
    given = evidence(4, groups=np.array([7, 7, 7, 8]), labels=np.array([0, 0, 1, 1]))
    by_row = {finding.row: finding for finding in issues.FINDERS[IssueKind.SIBLINGS](given)}
    # Of three siblings one is called B: it differs from two, they differ from one.
    assert {row: finding.score for row, finding in by_row.items()} == {0: 1 / 3, 1: 1 / 3, 2: 2 / 3}
    assert by_row[2].suggested == 0


def test_size_that_tells_the_class_is_a_shortcut_and_chance_is_none() -> None:
    rng = np.random.default_rng(0)
    labels, folds = np.arange(200) % 2, np.arange(200) // 2 % 5
    facts = measurements.stack([measurements.measure(scene(0))] * 200)
    told = replace(facts, width=np.where(labels == 0, 224, 300))
    (cue,) = shortcuts.find(told, [""] * 200, labels, folds, 2)
    assert (cue.name, cue.balanced_accuracy, cue.chance) == ("Picture size", 1.0, 0.5)
    assert cue.told.all()
    noise = replace(facts, width=rng.integers(200, 400, 200), brightness=rng.random(200))
    assert shortcuts.find(noise, [""] * 200, labels, folds, 2) == []
