import numpy as np
import pytest
import torch

from core.data import augmentation, balancing, batches, mixup
from core.data.batches import EpochItem, LabelledImages, LoaderConfig
from core.data.randomness import drawing_from, generator_for
from core.types import BalanceMethod, ClassId, SampleId

CLASSES = (ClassId(3), ClassId(5))


def plain(value: int, side: int = 10) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def images(count: int = 6) -> LabelledImages:
    """Return images of one grey each: 0, 10, 20, ...; the classes alternate."""
    return LabelledImages(
        ids=tuple(SampleId(f"{number:016x}") for number in range(count)),
        labels=np.arange(count) % 2,
        stored=tuple(plain(10 * number, 14) for number in range(count)),
    )


def loader(cutmix: float = 0.0, mixing: float = 0.0) -> LoaderConfig:
    return LoaderConfig(
        plan=balancing.plan({CLASSES[0]: 3, CLASSES[1]: 3}, BalanceMethod.NONE),
        classes=CLASSES,
        size=10,
        batch_size=4,
        seed=0,
        transform=augmentation.resize(10),
        repeat_transform=augmentation.resize(10),
        mixing=mixup.mixing(cutmix, mixing),
    )


def mixed(transform, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the target of a black image of the first class and a white one."""
    with drawing_from(generator_for(0, number, "a")):
        image = mixup.mix(transform, plain(0, 40), plain(200, 40), np.eye(2))
    with drawing_from(generator_for(0, number, "a")):
        return image, mixup.mixed_target(transform, 40, np.eye(2))


def test_cutmix_takes_as_much_of_the_label_as_of_the_area():
    for number in range(50):
        image, target = mixed(mixup.mixing(1.0, 0.0).transform, number)
        assert set(np.unique(image)) <= {0, 200}
        assert target == pytest.approx([(image == 0).mean(), (image == 200).mean()])


def test_mixup_adds_images_and_labels_in_the_same_shares():
    for number in range(50):
        image, target = mixed(mixup.mixing(0.0, 1.0).transform, number)
        assert len(np.unique(image)) == 1
        assert image[0, 0, 0] == pytest.approx(200 * target[1], abs=0.51)
        assert target.sum() == pytest.approx(1.0)


def test_as_many_images_are_mixed_as_the_settings_say():
    both = mixup.mixing(0.5, 0.25)
    torch.manual_seed(0)
    partners = [both.partner(6) for _ in range(2000)]
    drawn = [partner for partner in partners if partner is not None]
    assert len(drawn) == pytest.approx(1500, abs=80)
    assert set(drawn) == set(range(6))
    assert both.transform.p == pytest.approx([2 / 3, 1 / 3])


def test_without_cutmix_and_mixup_nothing_is_mixed():
    assert mixup.mixing(0.0, 0.0) is None
    for batch in batches.training_batches(images(), loader(), epoch=1):
        assert set(batch.all_targets.ravel().tolist()) == {0.0, 1.0}


def test_targets_are_the_share_of_each_class_in_the_image():
    few, cutmix = images(), loader(cutmix=1.0)
    partial = 0
    for epoch in range(5):
        for index in range(6):
            item = EpochItem(index=index, repeat=0)
            image = batches.training_image(few, item, cutmix, epoch)
            (target,) = batches.targets(few, [item], cutmix, epoch)
            # Every image is of one grey, so its class can be read off each pixel.
            classes = (image[:, :, 0] // 10) % 2
            assert target == pytest.approx([(classes == 0).mean(), (classes == 1).mean()])
            partial += 0 < target[0] < 1
    assert partial > 5


def test_mixing_depends_on_neither_order_nor_threads_and_differs_between_epochs():
    few, both = images(), loader(cutmix=0.5, mixing=0.5)
    item = EpochItem(index=2, repeat=0)
    first, again = (batches.training_image(few, item, both, epoch=3) for _ in range(2))
    assert np.array_equal(first, again)
    others = [batches.training_image(few, item, both, epoch=epoch) for epoch in range(4, 9)]
    assert not all(np.array_equal(first, other) for other in others)
    epochs = [list(batches.training_batches(few, both, epoch=3)) for _ in range(2)]
    for first, second in zip(*epochs, strict=True):
        np.testing.assert_array_equal(first.pixels, second.pixels)
        np.testing.assert_array_equal(first.all_targets, second.all_targets)
