"""Embeddings made comparable, in small sets and in large ones."""

import numpy as np
import pytest

from core.curation import similarity


def test_units_have_length_one_and_their_products_are_cosines_of_the_standardised_rows() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(3, 2, (50, 7)).astype(np.float32)
    units = similarity.units(vectors)
    spread = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    cosine = spread[0] @ spread[1] / np.linalg.norm(spread[0]) / np.linalg.norm(spread[1])
    assert units.shape == (50, 7)
    assert np.allclose(np.linalg.norm(units, axis=1), 1, atol=1e-5)
    assert units[0] @ units[1] == pytest.approx(cosine, abs=1e-4)


def test_a_large_set_is_compared_in_few_dimensions_and_keeps_its_nearest() -> None:
    rng = np.random.default_rng(0)
    # Each row has a twin half a row count away: nearly the same place in 200 dimensions.
    half = similarity.LARGE // 2
    first = rng.normal(size=(half, 20)) @ rng.normal(size=(20, 200))
    vectors = np.concatenate([first, first + 0.1 * rng.normal(size=first.shape)])
    units = similarity.units(vectors.astype(np.float32))
    assert units.shape == (similarity.LARGE, similarity.COMPACT)
    likeness = units[:100] @ units.T
    likeness[np.arange(100), np.arange(100)] = -1
    assert likeness.argmax(axis=1).tolist() == list(range(half, half + 100))


def test_small_sets_are_one_neighbourhood_and_two_heaps_are_two() -> None:
    rng = np.random.default_rng(0)
    heaps = np.concatenate([rng.normal(0, 1, (1600, 4)), rng.normal(50, 1, (1600, 4))])
    assert set(similarity.neighbourhoods(heaps[:100].astype(np.float32)).tolist()) == {0}
    numbers = similarity.neighbourhoods(heaps.astype(np.float32))
    assert len(set(numbers[:1600].tolist())) == len(set(numbers[1600:].tolist())) == 1
    assert numbers[0] != numbers[-1]
