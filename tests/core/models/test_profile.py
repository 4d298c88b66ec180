import pytest
import torch

from core.errors import AppError
from core.jobs import probe_job
from core.models import networks, profile
from core.profiling import hardware_probe
from core.settings import config, limits, presets
from tests.core.jobs import job_examples


def test_mobilenet_weighs_what_its_paper_says_but_for_its_classifier() -> None:
    facts = profile.describe("mobilenetv2_100")
    # Sandler et al. 2018: 300 million multiply-adds, 3.4 M parameters with 1000 classes.
    assert facts.macs == pytest.approx(300e6, rel=0.01)
    assert facts.parameters == pytest.approx(3.5e6 - 994 * 1281, rel=0.01)


def test_multiply_accumulates_grow_with_the_area_of_the_picture() -> None:
    small, large = (profile.describe(job_examples.BACKBONE, size).macs for size in (64, 128))
    assert large == pytest.approx(4 * small, rel=0.02)


def test_the_matrices_of_attention_are_counted_too() -> None:
    facts = profile.describe("test_vit")
    linear = sum(
        module.weight.numel()
        for module in networks.build("test_vit", 6, "random").module.modules()
        if isinstance(module, torch.nn.Linear)
    )
    assert facts.macs > linear


@pytest.mark.parametrize("backbone", limits.BACKBONES)
def test_the_recommended_networks_were_made_for_the_usual_size(backbone: str) -> None:
    assert profile.own_size(backbone) == config.TrainConfig().image_size


def test_a_network_that_takes_one_size_only_says_which() -> None:
    with pytest.raises(AppError, match="does not take pictures of 100 pixels") as refused:
        profile.describe("test_vit", 100)
    assert "160 pixels" in refused.value.hint


def test_a_network_with_two_last_layers_is_refused_before_a_run_fails() -> None:
    with pytest.raises(AppError, match="one fully connected layer"):
        profile.describe("levit_128s")


def test_a_name_that_is_nearly_right_is_answered_with_those_close_to_it() -> None:
    with pytest.raises(AppError) as refused:
        profile.describe("mobilnetv3_small")
    assert "mobilenetv3_small_" in refused.value.hint


def test_what_a_probe_has_measured_is_known_afterwards(tmp_path) -> None:
    settings = presets.named(
        "balanced", backbone=job_examples.BACKBONE, image_size=32, init="imagenet"
    )
    assert hardware_probe.known(settings, tmp_path, threads=1) is None
    assert probe_job.main([str(tmp_path), "1", job_examples.BACKBONE, "32"]) == 0
    measured = hardware_probe.known(settings, tmp_path, threads=1)
    assert measured is not None
    assert (measured.train_rate or 0) > 0
    assert hardware_probe.choose(settings, tmp_path, threads=1) == measured
