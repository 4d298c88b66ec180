import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from core.errors import AppError, WeightsUnavailable
from core.models import network_stages, networks
from core.settings import limits
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    "backbone", [*limits.BACKBONES, "resnet18", "test_vit", job_examples.BACKBONE]
)
def test_stages_hold_every_weight_exactly_once(backbone):
    stages = networks.stages(backbone, 6)
    module = networks.build(backbone, 6, "random").module
    assert sum(stage.parameters for stage in stages) == sum(p.numel() for p in module.parameters())
    assert stages[0].name == "stem"
    assert stages[-1].name == "classifier"


def test_mobilenet_has_its_seven_blocks():
    names = [stage.name for stage in networks.stages("mobilenetv2_100", 6)]
    assert names == ["stem", *(f"block {n}" for n in range(7)), "head", "classifier"]


def test_weights_of_another_head_size_leave_the_head_alone(tmp_path):
    path = job_examples.weights_file(tmp_path / "w.safetensors", classes=10)
    torch.manual_seed(5)
    first = networks.build(job_examples.BACKBONE, 3, str(path)).module
    torch.manual_seed(6)
    second = networks.build(job_examples.BACKBONE, 3, str(path)).module
    own, other = first.state_dict(), second.state_dict()
    differing = {name for name in own if not torch.equal(own[name], other[name])}
    assert differing == {"classifier.weight"}


def test_the_header_of_a_weights_file_says_how_to_feed_and_build_it(tmp_path):
    header = {"mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5", "pad_type": "same"}
    path = job_examples.weights_file(tmp_path / "w.safetensors", header)
    network = networks.build(job_examples.BACKBONE, 3, str(path))
    assert network.preprocessing.mean == (0.5, 0.5, 0.5)
    assert network.arguments == {"pad_type": "same"}
    assert network.pretrained


def test_a_pth_file_works_too(tmp_path):
    torch.manual_seed(1)
    state = networks.build(job_examples.BACKBONE, 3, "random").module.state_dict()
    torch.save(
        {"state_dict": {f"module.{name}": value for name, value in state.items()}},
        tmp_path / "w.pth",
    )
    loaded = networks.build(job_examples.BACKBONE, 3, str(tmp_path / "w.pth")).module.state_dict()
    assert all(torch.equal(state[name], loaded[name]) for name in state)


class Dangerous:
    def __reduce__(self):
        return print, ("executed",)


def test_a_pth_file_that_would_run_code_is_refused(tmp_path, capsys):
    torch.save({"state_dict": Dangerous()}, tmp_path / "w.pth")
    with pytest.raises(WeightsUnavailable, match="cannot be read"):
        networks.build(job_examples.BACKBONE, 3, str(tmp_path / "w.pth"))
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_a_file_of_rubbish_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"rubbish" * 10)
    with pytest.raises(WeightsUnavailable, match="cannot be read"):
        networks.check(job_examples.BACKBONE, str(tmp_path / name), ask_hub=False)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WeightsUnavailable, match=r"no weights file .*nowhere\.pth"):
        networks.check(job_examples.BACKBONE, str(tmp_path / "nowhere.pth"), ask_hub=False)


def test_weights_of_another_network_are_named(tmp_path):
    plain = job_examples.weights_file(tmp_path / "plain.safetensors")
    with pytest.raises(WeightsUnavailable, match=r"\d+ are missing \(first: "):
        networks.check("mobilenetv3_small_100", str(plain), ask_hub=False)
    header = {"architecture": job_examples.BACKBONE}
    told = job_examples.weights_file(tmp_path / "told.safetensors", header)
    with pytest.raises(WeightsUnavailable, match="belongs to test_efficientnet, not to mobile"):
        networks.check("mobilenetv3_small_100", str(told), ask_hub=False)


def test_imagenet_weights_out_of_reach_are_told_within_seconds(monkeypatch):
    # A proxy that nobody answers at, whatever network this machine has.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", "/nonexistent")
    began = time.monotonic()
    with pytest.raises(WeightsUnavailable, match="cannot be downloaded from here"):
        networks.build("efficientnet_b1", 6, "imagenet")
    assert time.monotonic() - began < 10
    with pytest.raises(WeightsUnavailable, match="cannot be downloaded from here"):
        networks.check("efficientnet_b1", "imagenet", ask_hub=True)
    # Nothing is asked before a person has started something.
    monkeypatch.setattr(socket, "create_connection", None)
    networks.check("efficientnet_b1", "imagenet", ask_hub=False)


def test_an_unknown_network_is_refused():
    with pytest.raises(AppError, match="no network called 'mobilnet'"):
        networks.build("mobilnet", 6, "random")


@pytest.mark.parametrize("init", ["imagenet", "random"])
def test_a_network_with_a_tag_that_does_not_exist_is_refused_like_an_unknown_one(init):
    with pytest.raises(AppError, match=r"no network called 'resnet18\.nonsense'"):
        networks.check("resnet18.nonsense", init, ask_hub=False)
    assert not networks.at_hand("resnet18.nonsense", init)
    networks.check("resnet18.a1_in1k", "random", ask_hub=False)


def test_the_shared_weights_fit_mobilenet(shared_weights):
    path = shared_weights / "mobilenetv2_100.imagenet1k.safetensors"
    network = networks.build("mobilenetv2_100", 6, str(path))
    assert network.preprocessing.std == (0.5, 0.5, 0.5)
    assert network.arguments == {"pad_type": "same"}


def test_taps_widen_what_the_classifier_sees_by_the_channels_of_the_last_blocks() -> None:
    plain = networks.build("mobilenetv2_100", 6, "random")
    tapped = networks.build("mobilenetv2_100", 6, "random", taps=3)
    assert network_stages.classifier(plain.module).in_features == 1280
    # The last three blocks of MobileNetV2 have 96, 160 and 320 channels.
    assert network_stages.classifier(tapped.module).in_features == 1280 + 96 + 160 + 320
    tapped.module.eval()
    pixels = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        features, embedding = networks.features_and_embedding(tapped, pixels)
        last_block = tapped.module.get_submodule("blocks.6")
        seen: list[torch.Tensor] = []
        last_block.register_forward_hook(lambda _, __, out: seen.append(out))
        assert networks.logits(tapped, pixels).shape == (2, 6)
    assert torch.equal(embedding[:, -320:], seen[0].mean(dim=(2, 3)))
    assert features.shape[:2] == (2, 1280)


@pytest.mark.parametrize("backbone", [*limits.BACKBONES, "resnet18", "test_vit"])
def test_every_network_can_be_tapped(backbone: str) -> None:
    network = networks.build(backbone, 4, "random", taps=3)
    side = network.module.pretrained_cfg["input_size"]  # type: ignore[union-attr,index]
    assert len(network.taps) == 3
    assert networks.logits(network, torch.rand(2, *side)).shape == (2, 4)


def test_a_network_without_taps_says_what_timm_says() -> None:
    network = networks.build(job_examples.BACKBONE, 3, "random")
    network.module.eval()
    pixels = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(networks.logits(network, pixels), network.module(pixels))


ASK = """
import sys, time
from core.models import networks
from core.errors import WeightsUnavailable
began = time.monotonic()
try:
    networks.check("efficientnet_b1", "imagenet", ask_hub=True)
except WeightsUnavailable as why:
    print(f"{time.monotonic() - began:.3f} {why.message}")
"""


def ask_a_hub_at(address: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Ask in a process of its own: the hub's client reads its address when it is imported."""
    proxies = ("http_proxy", "https_proxy", "all_proxy", "hf_hub_offline")
    kept = {name: value for name, value in os.environ.items() if name.lower() not in proxies}
    return subprocess.run(
        [sys.executable, "-c", ASK],
        env={**kept, "HF_ENDPOINT": address, "HF_HUB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_hub_that_takes_the_call_and_never_answers_is_given_up_within_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        output = ask_a_hub_at(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path).stdout
    seconds, _, message = output.partition(" ")
    assert "cannot be downloaded from here" in message
    assert 3 < float(seconds) < 6


def test_a_hub_that_answers_is_believed_even_where_it_refuses(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as refusing:
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

        def refuse() -> None:
            call, _ = refusing.accept()
            with call:
                call.recv(4096)
                call.sendall(answer)

        threading.Thread(target=refuse, daemon=True).start()
        address = f"http://127.0.0.1:{refusing.getsockname()[1]}"
        assert ask_a_hub_at(address, tmp_path).stdout == ""
