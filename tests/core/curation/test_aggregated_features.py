"""One vector per image: alike for turned, mirrored and cut versions, and by hand."""

import numpy as np
import pytest
from PIL import Image

from core.curation import aggregated_features, local_features
from core.curation.aggregated_features import CENTRES, REDUCED
from core.curation.local_features import LENGTH, Features
from tests.core.curation.test_issues import scene


@pytest.fixture(scope="module")
def centres() -> aggregated_features.Codebook:
    learned = aggregated_features.codebook(
        [local_features.features(scene(seed)) for seed in range(8)]
    )
    assert learned is not None
    return learned


def vector(image: Image.Image, centres: aggregated_features.Codebook) -> np.ndarray:
    return aggregated_features.aggregate(local_features.features(image), centres)


def test_versions_of_an_image_are_nearer_than_any_other_image(
    centres: aggregated_features.Codebook,
) -> None:
    original = scene(1)
    own = vector(original, centres)
    assert np.linalg.norm(own) == pytest.approx(1)
    versions = [
        original.transpose(Image.Transpose.ROTATE_90),
        original.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        original.rotate(15, Image.Resampling.BICUBIC),
        original.crop((20, 20, 220, 220)),
    ]
    alike = [float(own @ vector(version, centres)) for version in versions]
    others = [float(own @ vector(scene(seed), centres)) for seed in range(20, 40)]
    assert min(alike) > max(others)


def test_a_descriptor_that_is_its_centre_adds_nothing() -> None:
    descriptors = np.zeros((2, LENGTH), np.float32)
    descriptors[0, 0] = descriptors[1, 8] = 1.0
    features = Features(places=np.zeros((2, 2), np.float32), descriptors=descriptors)
    mirrored = local_features.mirrored(features)
    centres = np.zeros((CENTRES, LENGTH), np.float32)
    centres[:4] = np.concatenate([descriptors, mirrored.descriptors])
    assert not aggregated_features.aggregate(features, centres).any()
    centres[1] = 0.0
    sums = aggregated_features.aggregate(features, centres).reshape(CENTRES, REDUCED)
    # What has lost its centre goes to one of those at the origin, and is all that differs.
    assert np.flatnonzero(sums.any(axis=1)).tolist() == [1]


def test_too_few_descriptors_make_no_codebook_and_none_make_no_vector(
    centres: aggregated_features.Codebook,
) -> None:
    assert aggregated_features.codebook([local_features.NONE]) is None
    assert not aggregated_features.aggregate(local_features.NONE, centres).any()
