import ast
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import augmentation
from core.types import BalanceMethod, ClassId
from tests.core.jobs import job_examples

COUNTS = {ClassId(1): 60, ClassId(2): 30, ClassId(3): 10}


def test_without_balancing_an_epoch_shows_every_picture_once():
    plan = augmentation.plan(COUNTS, BalanceMethod.NONE)
    assert plan.target == COUNTS
    assert set(plan.weights.values()) == {1.0}


def test_class_weights_are_inverse_to_the_share_and_average_one_per_picture():
    plan = augmentation.plan(COUNTS, BalanceMethod.CLASS_WEIGHTS)
    assert plan.target == COUNTS
    assert plan.weights == {1: pytest.approx(100 / 180), 2: pytest.approx(100 / 90), 3: 100 / 30}
    assert sum(plan.weights[key] * COUNTS[key] for key in COUNTS) == pytest.approx(100)


def test_balanced_sampling_keeps_the_length_of_an_epoch():
    plan = augmentation.plan(COUNTS, BalanceMethod.BALANCED_SAMPLING)
    assert plan.target == {1: 33, 2: 33, 3: 33}


def test_augmentation_lifts_small_classes_to_the_largest():
    plan = augmentation.plan(COUNTS, BalanceMethod.AUGMENTATION)
    assert plan.target == {1: 60, 2: 60, 3: 60}


def test_augmentation_to_a_target_takes_nothing_from_larger_classes():
    plan = augmentation.plan(COUNTS, BalanceMethod.AUGMENTATION, 40)
    assert plan.target == {1: 60, 2: 40, 3: 40}


@pytest.mark.parametrize("method", list(BalanceMethod))
def test_a_class_without_pictures_stays_without(method):
    plan = augmentation.plan({**COUNTS, ClassId(4): 0}, method)
    assert plan.target[ClassId(4)] == 0
    assert plan.weights[ClassId(4)] == 1.0


@pytest.mark.parametrize("strength", ["light", "strong"])
def test_a_change_hangs_on_seed_epoch_sample_and_copy_only(strength):
    image = job_examples.picture(3, 1)

    def changed(*key):
        return augmentation.augment(image, augmentation.rng_for(*key), strength).tobytes()

    first = changed(0, 1, "a", 0)
    assert first == changed(0, 1, "a", 0)
    others = [changed(1, 1, "a", 0), changed(0, 2, "a", 0), changed(0, 1, "b", 0)]
    assert first not in [*others, changed(0, 1, "a", 1)]
    assert first != image.tobytes()


def test_augmentation_of_strength_none_changes_nothing():
    image = job_examples.picture(3, 1)
    assert (
        augmentation.augment(image, np.random.default_rng(0), "none").tobytes() == image.tobytes()
    )


def test_a_mirror_image_alone_is_exact():
    mirror = augmentation.Strength(
        flip=1, turn=0, rotation=0, zoom=1, brightness=0, contrast=0, saturation=0
    )
    pixels = np.asarray(job_examples.picture(3, 1))
    changed = augmentation.apply(pixels, (48, 48), np.random.default_rng(0), mirror)
    np.testing.assert_array_equal(changed, pixels[:, ::-1])


def test_a_cut_out_is_scaled_about_the_pictures_middle():
    """Half as many pixels of a ramp: each is the mean of the two that it stands for."""
    still = augmentation.Strength(
        flip=0, turn=0, rotation=0, zoom=1, brightness=0, contrast=0, saturation=0
    )
    ramp = np.repeat(np.arange(0, 240, 10, dtype=np.uint8)[None, :, None], 24, 0).repeat(3, 2)
    halved = augmentation.apply(ramp, (12, 12), np.random.default_rng(0), still)
    np.testing.assert_array_equal(halved[0, :, 0], np.arange(5, 240, 20))


def test_colours_change_about_the_grey_by_hand():
    """Half the contrast about a mean of 100: 40 -> 70, 160 -> 130; redness shrinks with it."""
    pixels = np.full((8, 8, 3), 40, np.uint8)
    pixels[:, 4:] = 160
    turned = augmentation.recoloured(pixels, saturation=1, contrast=0.5, brightness=1)
    assert turned[0, :, 0].tolist() == [70] * 4 + [130] * 4
    grey = augmentation.recoloured(np.full((8, 8, 3), (200, 100, 50), np.uint8), 0, 1, 1)
    # 0.299 * 200 + 0.587 * 100 + 0.114 * 50
    assert grey[0, 0].tolist() == [124] * 3


def test_turned_pictures_have_no_black_corners():
    white = Image.new("RGB", (64, 64), (250, 250, 250))
    for seed in range(20):
        turned = np.asarray(augmentation.augment(white, np.random.default_rng(seed), "strong"))
        assert turned.min() > 100


def test_redness_survives_every_change():
    red = Image.new("RGB", (32, 32), (200, 90, 90))
    for seed in range(50):
        changed = np.asarray(augmentation.augment(red, np.random.default_rng(seed), "strong"))
        assert (changed[..., 0] > changed[..., 1]).all()


def test_steps_lead_from_the_photograph_to_the_input():
    image = job_examples.picture(3, 1, side=100).resize((100, 60))
    found = augmentation.steps(image, 32, np.random.default_rng(0), "light")
    assert [caption for caption, _ in found] == [
        "Original, 100 × 60",
        "Resized to 32 × 32",
        "Augmented (light)",
        "Normalised",
    ]
    assert [step.size for _, step in found] == [(100, 60), (32, 32), (32, 32), (32, 32)]


def test_only_training_batches_change_pictures():
    """What validates, tests or is predicted goes through modules that cannot augment."""
    core = Path(augmentation.__file__).parents[1]
    users = {
        path.stem
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "augmentation"
        and node.attr in ("apply", "augment", "steps", "rng_for")
    }
    # Copies are the leak of a reproduced protocol, made for runs that are stamped leaky, and for
    # the training part of their honest twins.
    assert users == {"batches", "protocol_copies"}
