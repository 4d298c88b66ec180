import numpy as np
import pytest

from core.evaluation import out_of_distribution


def rows(*vectors: tuple[float, float]) -> np.ndarray:
    return np.array(vectors, dtype=np.float32)


def test_the_distance_is_that_of_the_cosine_whatever_the_length() -> None:
    units = rows((1, 0), (0, 1))
    assert out_of_distribution.nearest(units, rows((3, 4), (-2, 0))) == pytest.approx(
        [0.2, 1.0], abs=1e-6
    )


def test_the_limit_keeps_99_of_100_held_out_pictures_familiar() -> None:
    angles = np.linspace(0, 0.5, 201)
    held_out = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    reference = out_of_distribution.familiarity(rows((5, 0)), held_out)
    assert reference.limit == pytest.approx(1 - np.cos(0.5 * 0.99), abs=1e-6)
    familiar = [
        not out_of_distribution.is_novel(reference, embedding[None]) for embedding in held_out
    ]
    assert sum(familiar) == 199
    assert out_of_distribution.is_novel(reference, rows((0, 1)))


def test_a_training_picture_itself_is_familiar_even_where_the_limit_is_nought() -> None:
    reference = out_of_distribution.familiarity(rows((1, 0), (0, 1)), rows((1, 0)))
    assert reference.limit == 0
    assert not out_of_distribution.is_novel(reference, rows((0, 2)))


def test_a_dead_embedding_is_no_division_by_zero() -> None:
    reference = out_of_distribution.familiarity(rows((1, 0)), rows((1, 0)))
    assert out_of_distribution.is_novel(reference, rows((0, 0)))


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_to_compare_with_is_a_bug_of_the_caller(which: int) -> None:
    sets = [rows((1, 0)), rows((1, 0))]
    sets[which] = np.zeros((0, 2), np.float32)
    with pytest.raises(ValueError, match="needs training and held-out"):
        out_of_distribution.familiarity(*sets)
