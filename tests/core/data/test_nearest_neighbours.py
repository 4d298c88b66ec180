import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import nearest_neighbours
from core.data.nearest_neighbours import search, unit_rows, without_self

# Unit vectors at 0, 60, 90 and 180 degrees: cosines with the first are 1, .5, 0, -1.
CIRCLE = np.array([[1, 0], [0.5, 0.75**0.5], [0, 1], [-1, 0]], dtype=np.float32)


def test_neighbours_come_nearest_first_with_their_cosines() -> None:
    nearest = search(CIRCLE[:1], CIRCLE, 3)
    assert nearest.rows.tolist() == [[0, 1, 2]]
    assert nearest.cosines[0].tolist() == pytest.approx([1, 0.5, 0], abs=1e-6)


def test_a_row_is_not_its_own_neighbour() -> None:
    assert search(CIRCLE, CIRCLE, 1, adjust=without_self).rows.ravel().tolist() == [1, 2, 1, 2]


def test_k_is_cut_to_the_references_there_are() -> None:
    assert search(CIRCLE, CIRCLE[:2], 5).rows.shape == (4, 2)
    assert search(CIRCLE, CIRCLE[:0], 5).rows.shape == (4, 0)


def test_what_is_not_allowed_comes_last_at_minus_infinity() -> None:
    def only_the_last(similar: np.ndarray, rows: np.ndarray) -> None:
        similar[:, :-1] = -np.inf

    nearest = search(CIRCLE[:1], CIRCLE, 2, adjust=only_the_last)
    assert nearest.rows[0, 0] == 3
    assert nearest.cosines[0].tolist() == [-1, -np.inf]


def test_a_vector_of_nought_stays_nought() -> None:
    assert unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32)).tolist() == [
        pytest.approx([0.6, 0.8]),
        [0, 0],
    ]


@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 8), st.integers(0, 9))
def test_blocks_change_nothing(queries: int, references: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    left = unit_rows(rng.normal(size=(queries, 4)).astype(np.float32))
    right = unit_rows(rng.normal(size=(references, 4)).astype(np.float32))
    brute = np.sort(-(left @ right.T), axis=1)[:, :k]
    blocks = [search(left[row : row + 1], right, k) for row in range(queries)]
    whole = search(left, right, k)
    assert -whole.cosines == pytest.approx(brute, abs=1e-6)
    assert np.concatenate([part.cosines for part in blocks]) == pytest.approx(
        whole.cosines, abs=1e-6
    )
    assert nearest_neighbours.search(left, right, k).rows.tolist() == whole.rows.tolist()
