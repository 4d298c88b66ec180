from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.imaging import squares, views
from core.models import checkpoint, gradcam, network_stages, torch_inference
from core.models.checkpoint import Meta
from core.models.networks import Network
from tests.core.jobs import job_examples


@pytest.fixture(scope="module")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return job_examples.done(tmp_path_factory.mktemp("job"), epochs=1) / "checkpoint"


@pytest.fixture(scope="module")
def network(checkpoint_folder: Path) -> Network:
    return torch_inference.load_network(checkpoint_folder)


@pytest.fixture(scope="module")
def meta(checkpoint_folder: Path) -> Meta:
    return checkpoint.read(checkpoint_folder)[0]


def picture(width: int = 60, height: int = 40) -> Image.Image:
    return job_examples.picture(5, 1, 64).resize((width, height))


def test_the_map_has_the_size_of_the_picture_and_lies_between_0_and_1(
    network: Network, meta: Meta
) -> None:
    for column in range(3):
        heat = gradcam.heat_map(network, meta, picture(), column)
        assert heat.shape == (40, 60)
        assert heat.min() >= 0
        assert heat.max() <= 1


def test_before_a_linear_head_it_is_the_weighted_sum_of_the_feature_maps(
    network: Network, meta: Meta
) -> None:
    """With average pooling and one linear layer Grad-CAM is the class activation map."""
    assert not network.taps
    stored = squares.store(picture(), meta.stored_size)
    pixels = torch_inference.normalise(
        views.cut(stored, stored.shape[0], ("whole",)), network.preprocessing
    )
    with torch.no_grad():
        features = network.module.forward_features(pixels)[0]
    weights = network_stages.classifier(network.module).weight.detach()
    for column in range(3):
        summed = torch.einsum("c,chw->hw", weights[column], features).clamp(min=0)
        expected = gradcam._spread(summed, (60, 40))
        computed = gradcam.heat_map(network, meta, picture(), column)
        assert computed == pytest.approx(expected, abs=1e-3)


def test_nothing_that_speaks_for_a_class_is_an_empty_map() -> None:
    assert not gradcam._spread(torch.zeros(3, 3), (7, 5)).any()


def test_the_strongest_place_stays_where_it_is() -> None:
    small = torch.zeros(4, 4)
    small[3, 0] = 2.0
    large = gradcam._spread(small, (80, 40))
    down, across = np.unravel_index(large.argmax(), large.shape)
    assert (int(down), int(across)) > (30, 0)
    assert across < 20
    assert large[:20, 40:].max() < 0.05


def test_a_transformer_without_a_fixed_size_can_be_explained_too() -> None:
    tokens = torch.arange(2 * 10, dtype=torch.float32).reshape(1, 10, 2)
    maps = gradcam._maps(type("Module", (), {"num_prefix_tokens": 1})(), tokens)
    assert maps is not None
    assert maps.shape == (2, 3, 3)
    assert maps[0, 0].tolist() == [2.0, 4.0, 6.0]  # the first token is no place
