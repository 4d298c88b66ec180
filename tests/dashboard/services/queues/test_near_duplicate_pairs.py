"""Which pictures overlap: compared likeliest first, as long as it is worth its time."""

import numpy as np
import pytest

from core.curation import near_duplicates
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
    # Where each round shows something, all are compared; what is known is not compared again.
    monkeypatch.setattr(near_duplicate_pairs, "_LEAST_YIELD", 0)
    told: list[Progress] = []
    assert near_duplicate_pairs.of(workspace, found, [vectors], measured, told.append) == []
    assert len(looked_at(workspace)) == candidates
    assert sum(progress.total for progress in told) == candidates - 50
