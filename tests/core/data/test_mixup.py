from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.data import augmentation, mixup
from core.data import batches as datasets
from core.data.batches import Examples, Recipe, Showing
from core.data.mixup import Box, Chances, Mix
from core.types import BalanceMethod, ClassId, SampleId

CLASSES = (ClassId(3), ClassId(5))


def plain(value: int, side: int = 10) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def examples(count: int = 6) -> Examples:
    """Return pictures of one grey each: 0, 10, 20, ...; the classes alternate."""
    return Examples(
        ids=tuple(SampleId(f"{number:016x}") for number in range(count)),
        labels=np.arange(count) % 2,
        stored=tuple(plain(10 * number, 14) for number in range(count)),
    )


def recipe(**chances: float) -> Recipe:
    counts = {CLASSES[0]: 3, CLASSES[1]: 3}
    return Recipe(
        plan=augmentation.plan(counts, BalanceMethod.NONE),
        classes=CLASSES,
        strength="none",
        size=10,
        batch=4,
        seed=0,
        chances=Chances(**chances),
    )


def test_a_patch_replaces_a_rectangle_and_the_rest_stays():
    mix = Mix(partner=1, share=0.9, box=Box(left=2, top=4, right=7, bottom=6))
    made = mixup.apply(plain(10), plain(90), mix)
    assert made[4:6, 2:7].min() == 90
    assert int((made[:, :, 0] == 90).sum()) == 10


def test_a_blend_adds_up_in_shares():
    made = mixup.apply(plain(10), plain(90), Mix(partner=1, share=0.75, box=None))
    assert set(made.ravel().tolist()) == {30}


def test_a_patch_takes_as_much_of_the_label_as_of_the_area_and_never_more_than_half():
    rng = np.random.default_rng(0)
    drawn = [mixup.draw(rng, Chances(patch=1.0), 6, 40) for _ in range(300)]
    boxes = [mix.box for mix in drawn if mix is not None and mix.box is not None]
    assert len(boxes) == 300
    for mix, box in zip(drawn, boxes, strict=True):
        area = (box.right - box.left) * (box.bottom - box.top)
        assert mix is not None
        assert mix.share == pytest.approx(1 - area / 1600)
        assert 0 <= box.left <= box.right <= 40
        assert 0 <= box.top <= box.bottom <= 40
        # Whole pixels: a side of .71 of 40 is 28, and 28 * 28 is 0.49 of the area.
        assert mix.share >= 0.5


def test_as_many_pictures_are_mixed_as_the_chances_say():
    rng = np.random.default_rng(0)
    chances = Chances(patch=0.5, blend=0.25)
    drawn = [mixup.draw(rng, chances, 6, 40) for _ in range(2000)]
    kinds = Counter("alone" if m is None else "blend" if m.box is None else "patch" for m in drawn)
    assert kinds["patch"] == pytest.approx(1000, abs=80)
    assert kinds["blend"] == pytest.approx(500, abs=80)


def test_a_hole_is_grey_and_inside():
    rng = np.random.default_rng(0)
    made = [mixup.hole(plain(0, 20), rng, Chances(hole=1.0)) for _ in range(50)]
    shares = [float((one == 127).mean()) for one in made]
    assert min(shares) > 0
    assert max(shares) <= 0.3
    assert set(np.unique(np.stack(made)).tolist()) == {0, 127}


def test_targets_say_how_much_of_each_class_is_in_the_picture():
    few, patched = examples(), recipe(patch=1.0)
    partial = 0
    for epoch in range(5):
        for index in range(6):
            showing = Showing(index=index, copy=0)
            shown = datasets.show(few, showing, patched, epoch)
            (target,) = datasets.targets(few, [showing], patched, epoch)
            # Every picture is of one grey, so its class can be read off each pixel.
            classes = (shown[:, :, 0] // 10) % 2
            assert target == pytest.approx([(classes == 0).mean(), (classes == 1).mean()])
            partial += 0 < target[0] < 1
    assert partial > 5


def test_mixing_hangs_on_neither_order_nor_threads_and_differs_between_epochs():
    few, mixed = examples(), recipe(patch=1.0, hole=1.0)
    showing = Showing(index=2, copy=0)
    first, again = (datasets.show(few, showing, mixed, epoch=3) for _ in range(2))
    assert np.array_equal(first, again)
    others = [datasets.show(few, showing, mixed, epoch=epoch) for epoch in range(4, 9)]
    assert not all(np.array_equal(first, other) for other in others)


def test_without_chances_every_picture_shows_itself():
    few, alone = examples(), recipe()
    batches = list(datasets.training_batches(few, alone, epoch=1))
    for batch in batches:
        assert set(batch.whole.ravel().tolist()) == {0.0, 1.0}
    mixed = replace(alone, chances=Chances(patch=1.0))
    assert len(list(datasets.training_batches(few, mixed, epoch=1))) == len(batches)
