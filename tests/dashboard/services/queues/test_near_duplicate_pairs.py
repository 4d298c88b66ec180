"""Which pictures overlap: looked at likeliest first, as long as it is worth its time."""

import numpy as np
import pytest

from core.curation import similarity
from core.types import IntArray, Sample
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
    with np.load(workspace.cache / "overlaps.npz") as kept:
        return np.asarray(kept["agreed"])


def test_a_large_set_is_compared_until_a_round_shows_nothing(
    workspace: Workspace, found: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).normal(size=(MANY, 16)).astype(np.float32)
    measured = image_measurements.of(workspace, found)
    everything = MANY * (MANY - 1) // 2
    monkeypatch.setattr(near_duplicate_pairs, "_ROUND", 100)
    monkeypatch.setattr(similarity, "LARGE", MANY)
    whole = near_duplicate_pairs.of(workspace, found, [vectors], measured)
    assert len(whole) == 0
    assert len(looked_at(workspace)) == 100
    # A small set is compared as a whole; what is known already is not looked at again.
    monkeypatch.setattr(similarity, "LARGE", MANY + 1)
    told: list[object] = []
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured, told.append) == []
    assert len(looked_at(workspace)) == everything
