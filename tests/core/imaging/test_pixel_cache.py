import json

import numpy as np
import pytest
from PIL import Image

from core.errors import AppError
from core.imaging import pixel_cache, squares
from tests.core.jobs import job_examples


def test_pictures_are_decoded_once(tmp_path):
    samples = job_examples.samples(tmp_path)
    calls = []
    first = pixel_cache.load(samples, tmp_path, 46, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (30, 30)
    for path in (tmp_path / "media").iterdir():
        path.unlink()
    again = pixel_cache.load(samples, tmp_path, 46)
    np.testing.assert_array_equal(np.stack(first), np.stack(again))


def test_a_new_picture_joins_the_cache_and_the_old_ones_stay(tmp_path):
    samples = job_examples.samples(tmp_path)
    pixel_cache.load(samples[:20], tmp_path, 46)
    calls = []
    loaded = pixel_cache.load(
        samples, tmp_path, 46, lambda done, total: calls.append((done, total))
    )
    assert calls[-1] == (10, 10)
    with Image.open(tmp_path / samples[25].path) as image:
        np.testing.assert_array_equal(loaded[25], squares.store(image, 46))
    assert len(list((tmp_path / "cache" / "pixels").glob("*.npy"))) == 1


@pytest.mark.parametrize("harm", ["truncated", "no index", "foreign index", "older index"])
def test_a_cache_that_cannot_be_used_is_built_again_and_says_so(tmp_path, harm):
    samples = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(samples, tmp_path, 46))
    folder = tmp_path / "cache" / "pixels"
    (data,) = folder.glob("*.npy")
    if harm == "truncated":
        data.write_bytes(data.read_bytes()[:1000])
    elif harm == "no index":
        (folder / "46.json").write_text("{")
    elif harm == "foreign index":
        (folder / "46.json").write_text(json.dumps({"file": data.name, "ids": ["a"]}))
    else:
        index = json.loads((folder / "46.json").read_text())
        (folder / "46.json").write_text(json.dumps({**index, "format": 1}))
    told: list[str] = []
    again = pixel_cache.load(samples, tmp_path, 46, tell=told.append)
    np.testing.assert_array_equal(np.stack(again), whole)
    assert told == ["The cache of decoded pictures could not be used: it is built again."]
    pixel_cache.load(samples, tmp_path, 46, tell=told.append)
    assert len(told) == 1


def test_a_cache_that_was_deleted_is_built_again_without_a_word(tmp_path):
    samples = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(samples, tmp_path, 46))
    (data,) = (tmp_path / "cache" / "pixels").glob("*.npy")
    data.unlink()
    told: list[str] = []
    again = pixel_cache.load(samples, tmp_path, 46, tell=told.append)
    np.testing.assert_array_equal(np.stack(again), whole)
    assert told == []


def test_damaged_pictures_in_the_cache_are_decoded_again_and_counted(tmp_path):
    samples = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(samples, tmp_path, 46))
    (data,) = (tmp_path / "cache" / "pixels").glob("*.npy")
    written = bytearray(data.read_bytes())
    for place in (len(written) - 1, len(written) - 46 * 46 * 3 - 1):
        written[place] ^= 1
    data.write_bytes(written)
    told: list[str] = []
    decoded: list[int] = []
    again = pixel_cache.load(
        samples, tmp_path, 46, lambda done, _: decoded.append(done), told.append
    )
    np.testing.assert_array_equal(np.stack(again), whole)
    assert decoded == [1, 2]
    assert told == [
        "2 of 30 pictures in the cache of decoded pictures were damaged: they are decoded again."
    ]


def test_pictures_of_another_cache_are_noticed(tmp_path):
    samples = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(samples, tmp_path, 46))
    other = tmp_path / "other"
    pixel_cache.load(job_examples.samples(other)[::-1], other, 46)
    (data,), (foreign,) = (
        list((root / "cache" / "pixels").glob("*.npy")) for root in (tmp_path, other)
    )
    data.write_bytes(foreign.read_bytes())
    told: list[str] = []
    np.testing.assert_array_equal(
        np.stack(pixel_cache.load(samples, tmp_path, 46, tell=told.append)), whole
    )
    assert told[0].startswith("30 of 30 pictures")


def test_missing_and_broken_pictures_are_counted_and_the_first_is_named(tmp_path):
    samples = job_examples.samples(tmp_path)
    (tmp_path / samples[3].path).unlink()
    (tmp_path / samples[7].path).write_bytes(b"no picture")
    with pytest.raises(AppError, match=r"2 of 30 pictures are missing or broken .*3-3\.png"):
        pixel_cache.load(samples, tmp_path, 46)


def test_what_another_job_puts_in_the_caches_place_changes_nothing_that_is_loaded(tmp_path):
    samples = job_examples.samples(tmp_path)
    first = pixel_cache.load(samples[:10], tmp_path, 46)
    before = np.stack(first)
    pixel_cache.load(samples[10:], tmp_path, 46)
    np.testing.assert_array_equal(np.stack(first), before)


def test_a_broken_picture_leaves_the_cache_as_it_was(tmp_path):
    samples = job_examples.samples(tmp_path)
    pixel_cache.load(samples[:10], tmp_path, 46)
    (tmp_path / samples[20].path).write_bytes(b"no picture")
    with pytest.raises(AppError, match="1 of 20 pictures"):
        pixel_cache.load(samples, tmp_path, 46)
    assert pixel_cache.unread(samples, tmp_path, 46) == 20
    assert len(list((tmp_path / "cache" / "pixels").iterdir())) == 2
