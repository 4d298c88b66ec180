import json

import numpy as np
import pytest

from core.data import augmentation, mixup, transform_json
from core.data.randomness import generator_for
from core.models import torch_inference
from core.models.checkpoint import Preprocessing
from tests.core.jobs import job_examples

HALF = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def built_again(transform):
    """Return the transform after a way through a JSON file."""
    return transform_json.from_json(json.loads(json.dumps(transform_json.to_json(transform))))


@pytest.mark.parametrize("strength", ["none", "light", "strong"])
def test_a_recipe_is_built_again_from_json_and_makes_the_same_images(strength):
    recipe = augmentation.training_transform(strength, 32, erasing=0.5)
    again = built_again(recipe)
    assert repr(again) == repr(recipe)
    stored = np.asarray(job_examples.picture(3, 1, side=46))
    for epoch in range(10):
        images = [
            augmentation.apply(made, stored, generator_for(0, epoch, "a"))
            for made in (recipe, again)
        ]
        np.testing.assert_array_equal(*images)


@pytest.mark.parametrize(
    "transform",
    [
        augmentation.published_transform(32),
        torch_inference.normalisation(HALF),
        augmentation.resize(32),
        mixup.mixing(0.25, 0.5).as_transform(),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_other_transforms_are_built_again_from_json(transform):
    assert repr(built_again(transform)) == repr(transform)


def test_the_json_reads_like_the_recipe():
    document = transform_json.to_json(augmentation.training_transform("light", 224))
    names = [step["transform"] for step in document["transforms"]]
    assert names == ["RandomHorizontalFlip", "RandomRotatedResizedCrop", "FusedColorJitter"]
    assert document["transforms"][1]["degrees"] == 15.0


def test_nothing_but_known_transforms_is_built():
    with pytest.raises(KeyError):
        transform_json.from_json({"transform": "Lambda", "lambd": "print"})
