import ast
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import augmentation
from core.data.randomness import generator_for
from tests.core.jobs import job_examples


@pytest.mark.parametrize("strength", ["light", "strong"])
def test_a_change_depends_on_seed_epoch_sample_and_repeat_only(strength):
    image = job_examples.picture(3, 1)

    def changed(*key):
        return augmentation.augment(image, generator_for(*key), strength).tobytes()

    first = changed(0, 1, "a", 0)
    assert first == changed(0, 1, "a", 0)
    others = [changed(1, 1, "a", 0), changed(0, 2, "a", 0), changed(0, 1, "b", 0)]
    assert first not in [*others, changed(0, 1, "a", 1)]
    assert first != image.tobytes()


def test_augmentation_of_strength_none_changes_nothing():
    image = job_examples.picture(3, 1)
    changed = augmentation.augment(image, generator_for(0, 1, "a"), "none")
    assert changed.tobytes() == image.tobytes()


@pytest.mark.parametrize("strength", ["none", "light", "strong"])
def test_every_recipe_gives_uint8_images_of_the_networks_size(strength):
    stored = np.asarray(job_examples.picture(3, 1, side=46))
    transform = augmentation.training_transform(strength, 32, erasing=0.5)
    changed = augmentation.apply(transform, stored, generator_for(0, 1, "a"))
    assert (changed.shape, changed.dtype) == ((32, 32, 3), np.uint8)


def test_a_stored_image_is_not_written_to():
    stored = np.asarray(job_examples.picture(3, 1, side=46)).copy()
    stored.flags.writeable = False
    before = stored.copy()
    for number in range(20):
        transform = augmentation.training_transform("strong", 46, erasing=1.0)
        augmentation.apply(transform, stored, generator_for(number, 1, "a"))
    np.testing.assert_array_equal(stored, before)


def test_turned_images_have_no_black_corners():
    white = Image.new("RGB", (64, 64), (250, 250, 250))
    for seed in range(20):
        turned = np.asarray(augmentation.augment(white, generator_for(seed, 1, "a"), "strong"))
        assert turned.min() > 100


def test_redness_survives_every_change():
    red = Image.new("RGB", (32, 32), (200, 90, 90))
    for seed in range(50):
        changed = np.asarray(augmentation.augment(red, generator_for(seed, 1, "a"), "strong"))
        assert (changed[..., 0] > changed[..., 1]).all()


def test_erasing_leaves_a_grey_rectangle_in_its_share_of_the_images():
    black = np.zeros((40, 40, 3), np.uint8)
    transform = augmentation.training_transform("none", 40, erasing=0.5)
    made = [augmentation.apply(transform, black, generator_for(0, n, "a")) for n in range(200)]
    shares = [float((image == 127).mean()) for image in made if image.any()]
    assert len(shares) == pytest.approx(100, abs=20)
    assert min(shares) > 0
    assert max(shares) < 0.3
    assert set(np.unique(np.stack(made)).tolist()) == {0, 127}


def test_steps_lead_from_the_photograph_to_the_input():
    image = job_examples.picture(3, 1, side=100).resize((100, 60))
    steps = augmentation.steps(image, 32, generator_for(0, 1, "a"), "light")
    assert [caption for caption, _ in steps] == [
        "Original, 100 × 60",
        "Resized to 32 × 32",
        "Augmented (light)",
        "Normalised",
    ]
    assert [step.size for _, step in steps] == [(100, 60), (32, 32), (32, 32), (32, 32)]


def test_only_training_batches_change_images():
    """Validation, test and prediction use modules that cannot augment."""
    core = Path(augmentation.__file__).parents[1]
    users = {
        path.stem
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr)
        in [
            ("augmentation", "apply"),
            ("augmentation", "augment"),
            ("augmentation", "steps"),
            ("randomness", "generator_for"),
        ]
    }
    # Copies are the leak of a reproduced protocol, made for runs that are stamped leaky, and for
    # the training part of the same protocol split by patient.
    assert users == {"batches", "protocol_copies"}
