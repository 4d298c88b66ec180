import numpy as np

from core.curation import coresets


def test_a_round_asks_about_every_corner_once() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(24, 16)) * 10
    clouds = np.concatenate([centre + rng.normal(size=(6, 16)) for centre in centres])
    # Six pictures of each of 24 kinds, all equally hard to tell.
    order = coresets.typical_first(clouds.astype(np.float32), np.arange(len(clouds)))
    assert sorted(row // 6 for row in order[:24].tolist()) == list(range(24))
    assert sorted(order.tolist()) == list(range(len(clouds)))


def test_the_farthest_from_what_is_decided_comes_first() -> None:
    places = np.array([[1, 0], [0, 1], [-1, 0.1], [-1, -0.1]], dtype=np.float32)
    decided = np.array([True, False, False, False])
    scores = coresets.farthest_first(places, decided)
    assert scores[0] == 0
    # One of the far pair opens; once it is covered, its near twin comes last.
    assert (np.argsort(-scores, kind="stable")[:3]).tolist() == [2, 1, 3]
