import numpy as np
import pytest

from core.curation import embedding
from core.errors import AppError
from core.imaging import pixel_cache
from core.types import Encoder
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

RANDOM = Encoder(backbone=job_examples.BACKBONE, init="random")


def test_every_picture_is_looked_at_in_turn_and_none_is_kept(tmp_path, monkeypatch):
    samples = job_examples.samples(tmp_path)
    whole = embedding.embed(samples, tmp_path, RANDOM, 32)
    assert whole.shape[0] == len(samples)
    monkeypatch.setattr(pixel_cache, "AT_ONCE", 16)
    told: list[tuple[int, int]] = []
    parts = embedding.embed(samples, tmp_path, RANDOM, 32, lambda *far: told.append(far))
    np.testing.assert_array_equal(parts, whole)
    assert told == [(16, 30), (30, 30)]
    assert not (tmp_path / "cache" / "pixels").exists()


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    samples = job_examples.samples(tmp_path)
    (tmp_path / samples[3].path).unlink()
    with pytest.raises(AppError, match=r"missing or broken .*3-3\.png"):
        embedding.embed(samples, tmp_path, RANDOM, 32)


@pytest.mark.parametrize(("side", "sizes"), [(32, (96, 128, 160)), (300, (128, 160, 224))])
def test_small_pictures_are_not_enlarged_much_and_many_are_looked_at_once(side, sizes):
    assert embedding.sizes([side] * 5) == sizes
    assert embedding.sizes([side] * embedding.MANY) == sizes[1:2]
