import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.data import augmentation, batches
from core.data.batches import Examples, Recipe
from core.devices.process_group import Team
from core.errors import AppError
from core.imaging import pixel_cache, views
from core.types import BalanceMethod, ClassId, SampleId
from tests.core.jobs import job_examples

LABELS = np.array([0, 0, 0, 0, 1, 1, 2], dtype=np.int64)
IDS = (ClassId(3), ClassId(5), ClassId(9))


def recipe(method, target=None, strength="none", batch=4):
    plan = augmentation.plan(batches.counts(LABELS, IDS), method, target)
    return Recipe(plan=plan, classes=IDS, strength=strength, size=32, batch=batch, seed=0)


def examples():
    stored = tuple(
        views.store(job_examples.picture(3, number), 46) for number in range(len(LABELS))
    )
    ids = tuple(SampleId(f"{number:016x}") for number in range(len(LABELS)))
    return Examples(ids=ids, labels=LABELS, stored=stored)


def shown(method, epoch=1, target=None):
    return batches.epoch_order(LABELS, recipe(method, target), epoch)


def test_without_balancing_every_picture_is_shown_once_in_another_order_each_epoch():
    first, second = (shown(BalanceMethod.NONE, epoch) for epoch in (1, 2))
    assert sorted(one.index for one in first) == list(range(7))
    assert [one.index for one in first] != [one.index for one in second]
    assert first == shown(BalanceMethod.NONE, 1)


def test_augmentation_shows_originals_once_and_changed_copies_up_to_the_target():
    found = shown(BalanceMethod.AUGMENTATION)
    per_class = Counter(int(LABELS[one.index]) for one in found)
    assert per_class == {0: 4, 1: 4, 2: 4}
    assert Counter(one.copy for one in found if one.index == 6) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert [one.copy for one in found if one.index < 4] == [0, 0, 0, 0]


def test_balanced_sampling_shows_classes_equally_often():
    found = shown(BalanceMethod.BALANCED_SAMPLING)
    assert Counter(int(LABELS[one.index]) for one in found) == {0: 2, 1: 2, 2: 2}


def test_a_remainder_is_drawn_anew_in_every_epoch():
    drawn = {
        tuple(sorted(one.index for one in shown(BalanceMethod.BALANCED_SAMPLING, epoch)))
        for epoch in range(20)
    }
    assert len(drawn) > 1


def test_batches_hold_every_showing_in_order():
    made = list(batches.training_batches(examples(), recipe(BalanceMethod.NONE), 1))
    order = batches.epoch_order(LABELS, recipe(BalanceMethod.NONE), 1)
    assert [batch.pixels.shape for batch in made] == [(4, 32, 32, 3), (3, 32, 32, 3)]
    assert [int(n) for batch in made for n in batch.targets.argmax(axis=1)] == [
        int(LABELS[one.index]) for one in order
    ]


def test_a_last_batch_of_one_picture_is_left_out():
    made = list(batches.training_batches(examples(), recipe(BalanceMethod.NONE, batch=3), 1))
    assert [len(batch.targets) for batch in made] == [3, 3]


@pytest.mark.parametrize(("statistics", "sizes"), [(True, [4]), (False, [4, 3])])
def test_devices_that_learn_batchnorm_statistics_see_two_pictures_of_every_batch(statistics, sizes):
    two = Team(SimpleNamespace(global_rank=0, world_size=2))
    how = replace(recipe(BalanceMethod.NONE), statistics=statistics)
    made = list(batches.training_batches(examples(), how, 1, two))
    assert [len(batch.whole) for batch in made] == sizes


def test_copies_for_balance_are_changed_even_without_augmentation():
    made, how = examples(), recipe(BalanceMethod.AUGMENTATION)
    original = batches.show(made, batches.Showing(index=6, copy=0), how, 1)
    copy = batches.show(made, batches.Showing(index=6, copy=1), how, 1)
    np.testing.assert_array_equal(original, views.whole(made.stored[6], 32))
    assert (copy != original).any()


def test_what_a_picture_looks_like_does_not_hang_on_its_neighbours():
    made, how = examples(), recipe(BalanceMethod.NONE, strength="strong")
    alone = batches.show(made, batches.Showing(index=2, copy=0), how, 5)
    some = Examples(
        ids=(made.ids[2], made.ids[6]),
        labels=made.labels[[2, 6]],
        stored=(made.stored[2], made.stored[6]),
    )
    again = batches.show(some, batches.Showing(index=0, copy=0), how, 5)
    np.testing.assert_array_equal(alone, again)


def test_pictures_are_decoded_once(tmp_path):
    found = job_examples.samples(tmp_path)
    calls = []
    first = pixel_cache.load(found, tmp_path, 46, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (30, 30)
    for path in (tmp_path / "media").iterdir():
        path.unlink()
    again = pixel_cache.load(found, tmp_path, 46)
    np.testing.assert_array_equal(np.stack(first), np.stack(again))


def test_a_new_picture_joins_the_cache_and_the_old_ones_stay(tmp_path):
    found = job_examples.samples(tmp_path)
    pixel_cache.load(found[:20], tmp_path, 46)
    calls = []
    loaded = pixel_cache.load(found, tmp_path, 46, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (10, 10)
    with Image.open(tmp_path / found[25].path) as image:
        np.testing.assert_array_equal(loaded[25], views.store(image, 46))
    assert len(list((tmp_path / "cache" / "pixels").glob("*.npy"))) == 1


@pytest.mark.parametrize("harm", ["truncated", "no index", "foreign index", "older index"])
def test_a_cache_that_cannot_be_used_is_built_again_and_says_so(tmp_path, harm):
    found = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(found, tmp_path, 46))
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
    again = pixel_cache.load(found, tmp_path, 46, tell=told.append)
    np.testing.assert_array_equal(np.stack(again), whole)
    assert told == ["The cache of decoded pictures could not be used: it is built again."]
    pixel_cache.load(found, tmp_path, 46, tell=told.append)
    assert len(told) == 1


def test_a_cache_that_was_deleted_is_built_again_without_a_word(tmp_path):
    found = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(found, tmp_path, 46))
    (data,) = (tmp_path / "cache" / "pixels").glob("*.npy")
    data.unlink()
    told: list[str] = []
    again = pixel_cache.load(found, tmp_path, 46, tell=told.append)
    np.testing.assert_array_equal(np.stack(again), whole)
    assert told == []


def test_damaged_pictures_in_the_cache_are_decoded_again_and_counted(tmp_path):
    found = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(found, tmp_path, 46))
    (data,) = (tmp_path / "cache" / "pixels").glob("*.npy")
    written = bytearray(data.read_bytes())
    for place in (len(written) - 1, len(written) - 46 * 46 * 3 - 1):
        written[place] ^= 1
    data.write_bytes(written)
    told: list[str] = []
    decoded: list[int] = []
    again = pixel_cache.load(found, tmp_path, 46, lambda done, _: decoded.append(done), told.append)
    np.testing.assert_array_equal(np.stack(again), whole)
    assert decoded == [1, 2]
    assert told == [
        "2 of 30 pictures in the cache of decoded pictures were damaged: they are decoded again."
    ]


def test_pictures_of_another_cache_are_noticed(tmp_path):
    found = job_examples.samples(tmp_path)
    whole = np.stack(pixel_cache.load(found, tmp_path, 46))
    other = tmp_path / "other"
    pixel_cache.load(job_examples.samples(other)[::-1], other, 46)
    (data,), (foreign,) = (
        list((root / "cache" / "pixels").glob("*.npy")) for root in (tmp_path, other)
    )
    data.write_bytes(foreign.read_bytes())
    told: list[str] = []
    np.testing.assert_array_equal(
        np.stack(pixel_cache.load(found, tmp_path, 46, tell=told.append)), whole
    )
    assert told[0].startswith("30 of 30 pictures")


def test_missing_and_broken_pictures_are_counted_and_the_first_is_named(tmp_path):
    found = job_examples.samples(tmp_path)
    (tmp_path / found[3].path).unlink()
    (tmp_path / found[7].path).write_bytes(b"no picture")
    with pytest.raises(AppError, match=r"2 of 30 pictures are missing or broken .*3-3\.png"):
        pixel_cache.load(found, tmp_path, 46)


def test_what_another_job_puts_in_the_caches_place_changes_nothing_that_is_loaded(tmp_path):
    found = job_examples.samples(tmp_path)
    first = pixel_cache.load(found[:10], tmp_path, 46)
    before = np.stack(first)
    pixel_cache.load(found[10:], tmp_path, 46)
    np.testing.assert_array_equal(np.stack(first), before)


def test_a_broken_picture_leaves_the_cache_as_it_was(tmp_path):
    found = job_examples.samples(tmp_path)
    pixel_cache.load(found[:10], tmp_path, 46)
    (tmp_path / found[20].path).write_bytes(b"no picture")
    with pytest.raises(AppError, match="1 of 20 pictures"):
        pixel_cache.load(found, tmp_path, 46)
    assert pixel_cache.unread(found, tmp_path, 46) == 20
    assert len(list((tmp_path / "cache" / "pixels").iterdir())) == 2
