from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.data import batches
from core.data.batches import EpochItem, LabelledImages, LoaderConfig
from core.devices.process_group import ProcessGroup
from core.imaging import squares, views
from core.settings import presets
from core.types import BalanceMethod, ClassId, SampleId
from tests.core.jobs import job_examples

LABELS = np.array([0, 0, 0, 0, 1, 1, 2], dtype=np.int64)
IDS = (ClassId(3), ClassId(5), ClassId(9))


def loader(
    method: BalanceMethod, target: int | None = None, strength: str = "none", batch: int = 4
) -> LoaderConfig:
    settings = presets.named(
        "balanced",
        init="random",
        balance=method.value,
        balance_target=target,
        augmentation=strength,
        batch_size=batch,
        image_size=32,
    )
    return batches.loader_config(settings, IDS, LABELS)


def images() -> LabelledImages:
    stored = tuple(
        squares.store(job_examples.picture(3, number), 46) for number in range(len(LABELS))
    )
    ids = tuple(SampleId(f"{number:016x}") for number in range(len(LABELS)))
    return LabelledImages(ids=ids, labels=LABELS, stored=stored)


def items(method, epoch=1, target=None):
    return batches.epoch_items(LABELS, loader(method, target), epoch)


def test_without_balancing_every_image_is_used_once_in_another_order_each_epoch():
    first, second = (items(BalanceMethod.NONE, epoch) for epoch in (1, 2))
    assert sorted(item.index for item in first) == list(range(7))
    assert [item.index for item in first] != [item.index for item in second]
    assert first == items(BalanceMethod.NONE, 1)


def test_augmentation_uses_originals_once_and_augmented_copies_up_to_the_target():
    epoch = items(BalanceMethod.AUGMENTATION)
    per_class = Counter(int(LABELS[item.index]) for item in epoch)
    assert per_class == {0: 4, 1: 4, 2: 4}
    assert Counter(item.repeat for item in epoch if item.index == 6) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert [item.repeat for item in epoch if item.index < 4] == [0, 0, 0, 0]


def test_balanced_sampling_uses_classes_equally_often():
    epoch = items(BalanceMethod.BALANCED_SAMPLING)
    assert Counter(int(LABELS[item.index]) for item in epoch) == {0: 2, 1: 2, 2: 2}


def test_a_remainder_is_drawn_again_in_every_epoch():
    drawn = {
        tuple(sorted(item.index for item in items(BalanceMethod.BALANCED_SAMPLING, epoch)))
        for epoch in range(20)
    }
    assert len(drawn) > 1


def test_batches_hold_every_item_in_order():
    made = list(batches.training_batches(images(), loader(BalanceMethod.NONE), 1))
    order = items(BalanceMethod.NONE)
    assert [batch.pixels.shape for batch in made] == [(4, 32, 32, 3), (3, 32, 32, 3)]
    assert [int(n) for batch in made for n in batch.targets.argmax(axis=1)] == [
        int(LABELS[item.index]) for item in order
    ]


def test_a_last_batch_of_one_image_is_left_out():
    made = list(batches.training_batches(images(), loader(BalanceMethod.NONE, batch=3), 1))
    assert [len(batch.targets) for batch in made] == [3, 3]
    assert batches.batches_per_epoch(LABELS, loader(BalanceMethod.NONE, batch=3)) == 2


@pytest.mark.parametrize(("trains", "sizes"), [(True, [4]), (False, [4, 3])])
def test_processes_that_learn_batchnorm_statistics_see_two_images_of_every_batch(trains, sizes):
    two = ProcessGroup(SimpleNamespace(global_rank=0, world_size=2))
    config = replace(loader(BalanceMethod.NONE), batchnorm_trains=trains)
    made = list(batches.training_batches(images(), config, 1, two))
    assert [len(batch.all_targets) for batch in made] == sizes
    assert batches.batches_per_epoch(LABELS, config, two) == len(sizes)


def test_processes_share_a_batch_without_changing_an_image():
    config = replace(loader(BalanceMethod.NONE, strength="strong"), batchnorm_trains=False)
    alone = list(batches.training_batches(images(), config, 1))
    shares = []
    for rank in (0, 1):
        group = ProcessGroup(SimpleNamespace(global_rank=rank, world_size=2))
        shares.append(list(batches.training_batches(images(), config, 1, group)))
    for whole, first, second in zip(alone, *shares, strict=True):
        np.testing.assert_array_equal(whole.pixels[::2], first.pixels)
        np.testing.assert_array_equal(whole.pixels[1::2], second.pixels)
        np.testing.assert_array_equal(whole.all_targets, second.all_targets)


def test_copies_for_balance_are_augmented_even_without_augmentation():
    given, config = images(), loader(BalanceMethod.AUGMENTATION)
    original = batches.training_image(given, EpochItem(index=6, repeat=0), config, 1)
    copy = batches.training_image(given, EpochItem(index=6, repeat=1), config, 1)
    # torch and Pillow interpolate with other roundings.
    whole = views.whole(given.stored[6], 32)
    assert np.abs(original.astype(int) - whole.astype(int)).max() <= 2
    assert (copy != original).any()


def test_a_training_image_does_not_depend_on_its_neighbours():
    given, config = images(), loader(BalanceMethod.NONE, strength="strong")
    alone = batches.training_image(given, EpochItem(index=2, repeat=0), config, 5)
    some = LabelledImages(
        ids=(given.ids[2], given.ids[6]),
        labels=given.labels[[2, 6]],
        stored=(given.stored[2], given.stored[6]),
    )
    again = batches.training_image(some, EpochItem(index=0, repeat=0), config, 5)
    np.testing.assert_array_equal(alone, again)


def test_preparing_batches_leaves_the_training_steps_threads_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        list(batches.training_batches(images(), loader(BalanceMethod.NONE, strength="strong"), 1))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
