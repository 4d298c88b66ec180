from pathlib import Path

import numpy as np
import pytest

from core.curation import embedding
from core.errors import AppError
from core.models import feature_store
from core.settings import presets
from core.types import Encoder
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

RANDOM = Encoder(backbone=job_examples.BACKBONE, init="random")


def test_every_image_is_looked_at_in_all_sizes_without_the_pixel_cache(tmp_path: Path) -> None:
    samples = job_examples.samples(tmp_path)
    looks = embedding.looks(RANDOM, [32] * len(samples))
    told: list[tuple[int, int]] = []
    sizes = embedding.embed(samples, tmp_path, looks, lambda *far: told.append(far))
    assert [len(vectors) for vectors in sizes] == [len(samples)] * 3
    assert told[-1] == (30, 30)
    assert not (tmp_path / "cache" / "pixels").exists()
    again = embedding.embed(samples, tmp_path, looks, lambda *far: told.append(far))
    np.testing.assert_array_equal(again, sizes)
    assert told[-1] == (30, 30)
    assert told.count((30, 30)) == 1  # nothing was looked at again


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    samples = job_examples.samples(tmp_path)
    (tmp_path / samples[3].path).unlink()
    with pytest.raises(AppError, match=r"missing or broken .*3-3\.png"):
        embedding.embed(samples, tmp_path, embedding.looks(RANDOM, [32]))


@pytest.mark.parametrize(("side", "sizes"), [(32, (96, 128, 160)), (300, (128, 160, 224))])
def test_small_pictures_are_not_enlarged_much_and_many_are_looked_at_once(
    side: int, sizes: tuple[int, ...]
) -> None:
    assert embedding.sizes([side] * 5) == sizes
    assert embedding.sizes([side] * embedding.MANY) == sizes[1:2]


def test_a_run_of_the_same_network_finds_what_the_queues_have_looked_at() -> None:
    encoder = Encoder(backbone="mobilenetv2_100", init="imagenet")
    of_queues = embedding.looks(encoder, [300] * 5)[-1]
    of_run = feature_store.of_run(presets.named("quick", backbone="mobilenetv2_100"))
    assert of_queues.folder == of_run.folder
    assert set(of_queues.views) < set(of_run.views)
