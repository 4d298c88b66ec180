"""Which pictures overlap: compared likeliest first, as long as it is worth its time."""

from dataclasses import replace

import numpy as np
import pytest

from core.curation import near_duplicates
from core.imaging.measurements import NO_HASH
from core.types import IntArray, Progress, Sample
from dashboard.services.queues import image_measurements, near_duplicate_pairs
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories

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
    candidates = len(near_duplicates.candidates([vectors], measured))
    monkeypatch.setattr(near_duplicate_pairs, "_ROUND", 50)
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured) == []
    assert len(looked_at(workspace)) == 50 < candidates
    # Where any yield is enough, all are compared; what is known is not compared again.
    monkeypatch.setattr(near_duplicate_pairs, "_LEAST_YIELD", 0)
    told: list[Progress] = []
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured, told.append) == []
    assert len(looked_at(workspace)) == candidates
    assert sum(progress.total for progress in told) == candidates - 50


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
