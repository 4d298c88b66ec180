"""Which pictures overlap: compared likeliest first, as long as it is worth its time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.curation import near_duplicates
from core.imaging.measurements import NO_HASH
from core.types import ImageId, IntArray, Progress, Sample
from dashboard.services.queues import image_features, image_measurements, near_duplicate_pairs
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.curation.test_issues import scene

MANY = 40


@pytest.fixture
def found(workspace: Workspace) -> list[Sample]:
    factories.fill(workspace, [("A", f"p{n}") for n in range(MANY)], pictures=True)
    with workspace.read() as session:
        return samples.everything(session)


def looked_at(workspace: Workspace) -> IntArray:
    with np.load(workspace.cache / near_duplicate_pairs._FILE) as kept:
        return np.asarray(kept["agreed"])


def test_candidates_are_compared_until_a_round_shows_nothing_and_each_once(
    workspace: Workspace, found: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).normal(size=(MANY, 16)).astype(np.float32)
    measured = image_measurements.of(workspace, found)
    features = image_features.ImageFeatures(workspace, found)
    aggregated = image_features.aggregated(workspace, found, features)
    candidates = len(near_duplicates.candidates([vectors], aggregated, measured))
    monkeypatch.setattr(near_duplicate_pairs, "_ROUND", 50)
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured) == []
    assert len(looked_at(workspace)) == 50 < candidates
    # Where any yield is enough, all are compared; what is known is not compared again.
    monkeypatch.setattr(near_duplicate_pairs, "_LEAST_YIELD", 0)
    told: list[Progress] = []
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured, told.append) == []
    assert len(looked_at(workspace)) == candidates
    assert (told[-1].done, told[-1].total) == (candidates, candidates)
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    told.clear()
    near_duplicate_pairs.of(workspace, found, [vectors], measured, told.append)
    assert [(progress.done, progress.total) for progress in told] == [(0, 1)]


def test_images_of_any_size_with_nearly_the_same_hash_overlap(
    workspace: Workspace, found: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).normal(size=(MANY, 16)).astype(np.float32)
    measured = image_measurements.of(workspace, found)
    hashes = np.random.default_rng(1).integers(1, 2**63, size=MANY, dtype=np.uint64)
    hashes[5] = hashes[7] ^ np.uint64(0b101)  # two bits apart
    hashes[[2, 3]] = NO_HASH  # nothing to compare
    sides = np.full(MANY, 600)
    facts = replace(measured, hashes=hashes, mirrored=~hashes, width=sides, height=sides)
    (twin,) = near_duplicate_pairs.of(workspace, found, [vectors], facts)
    assert (twin.row, twin.other) == (5, 7)
    assert twin.likeness == pytest.approx(1 - 0.5 * 2 / 7)


@pytest.fixture
def scenes(workspace: Workspace) -> list[Sample]:
    """Twelve drawn pictures with corners; the last is the first, turned by a quarter."""
    factories.fill(workspace, [("A", f"p{n}") for n in range(12)], pictures=True)
    with workspace.read() as session:
        found = samples.everything(session)
        stored = media.files(session, [ImageId(sample.id) for sample in found])
    for row, sample in enumerate(found):
        drawn = scene(row if row < 11 else 0)
        if row == 11:
            drawn = drawn.transpose(Image.Transpose.ROTATE_90)
        drawn.save(media.path(workspace, stored[ImageId(sample.id)]))
    return found


def test_a_turned_copy_is_found_by_its_local_features_alone(
    workspace: Workspace, scenes: list[Sample]
) -> None:
    facts = image_measurements.of(workspace, scenes)
    facts = replace(facts, hashes=np.full_like(facts.hashes, NO_HASH))
    vectors = np.eye(12, dtype=np.float32)
    (twin,) = near_duplicate_pairs.of(workspace, scenes, [vectors], facts)
    assert (twin.row, twin.other) == (0, 11)


def test_what_is_described_is_not_described_again(
    workspace: Workspace, scenes: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    look = image_features._read
    monkeypatch.setattr(image_features, "_read", lambda path: read.append(path) or look(path))

    def vectors(count: int) -> np.ndarray:
        read.clear()
        some = scenes[:count]
        return image_features.aggregated(
            workspace, some, image_features.ImageFeatures(workspace, some)
        )

    first = vectors(8)
    assert len(read) == 8
    np.testing.assert_array_equal(vectors(8), first)
    assert not read
    more = vectors(12)
    assert len(read) == 4
    np.testing.assert_array_equal(more[:8], first)


def test_far_more_images_get_a_codebook_of_their_own(
    workspace: Workspace, scenes: list[Sample]
) -> None:
    def codebook(count: int) -> np.ndarray:
        features = image_features.ImageFeatures(workspace, scenes[:count])
        image_features.aggregated(workspace, scenes[:count], features)
        with np.load(workspace.cache / image_features._CODEBOOK) as kept:
            return np.asarray(kept["centres"])

    first = codebook(3)
    np.testing.assert_array_equal(codebook(5), first)
    assert (codebook(12) != first).any()


def test_more_images_than_memory_holds_are_read_in_turns(
    workspace: Workspace, scenes: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_features, "_MOST", 4)
    features = image_features.ImageFeatures(workspace, scenes)
    assert set(features.of([0, 1, 2, 0])) == {0, 1, 2}
    assert set(features.of([3, 4])) == {3, 4}
    assert set(features._memory) == {1, 2, 3, 4}


def test_what_was_described_before_the_work_was_ended_is_kept(
    workspace: Workspace, scenes: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_features, "_AT_ONCE", 4)
    features = image_features.ImageFeatures(workspace, scenes)

    class Ended(Exception):
        """As a training ends the work on queues."""

    def end(step: Progress) -> None:
        if step.done == 8:
            raise Ended

    with pytest.raises(Ended):
        image_features.aggregated(workspace, scenes, features, end)
    told: list[Progress] = []
    image_features.aggregated(workspace, scenes, features, told.append)
    assert [(step.done, step.total) for step in told] == [(0, 4)]
