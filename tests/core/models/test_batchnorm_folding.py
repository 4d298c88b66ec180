import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from core.models import batchnorm_folding, networks
from core.models.networks import Network
from core.settings import presets
from core.training import optimization


def _network(backbone: str = "mobilenetv2_100") -> Network:
    """Return a network whose BatchNorm has something to do."""
    torch.manual_seed(0)
    network = networks.build(backbone, 3, "random", taps=2)
    for layer in network.module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.running_mean is not None and layer.running_var is not None
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.1)
    return network


def _unfolded(network: Network) -> Network:
    return replace(network, module=copy.deepcopy(network.module), pairs=())


@pytest.mark.parametrize(
    ("backbone", "share"),
    [
        ("mobilenetv2_100", 1.0),
        ("mobilenetv3_small_100", 1.0),
        ("mobilenetv4_conv_small", 0.95),
        ("efficientnet_b0", 1.0),
        ("tf_efficientnet_b0", 1.0),  # its convolutions pad by themselves
        ("densenet121", 0.4),  # half of its BatchNorm stands before a convolution
        ("repvgg_a0", 0.6),  # some of its convolutions are read without BatchNorm, too
        ("vit_tiny_patch16_224", 0.0),
    ],
)
def test_folded_networks_say_the_same(backbone: str, share: float) -> None:
    network = _network(backbone)
    norms = [m for m in network.module.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(network.pairs) >= share * len(norms)
    network.module.eval()
    pixels = torch.randn(2, 3, 224, 224)

    with torch.no_grad():
        embeddings = networks.embed(network, pixels)
        expected = networks.embed(_unfolded(network), pixels)

    assert torch.allclose(embeddings, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def test_a_network_folded_for_good_says_the_same_and_keeps_its_weights() -> None:
    network = _network()
    network.module.eval()
    pixels = torch.randn(2, 3, 64, 64)
    kept = copy.deepcopy(network.module.state_dict())
    for_good = replace(network, pairs=())
    with torch.no_grad():
        expected = networks.embed(network, pixels)
        assert not torch.allclose(expected, torch.zeros(()))
        batchnorm_folding.fold(network.module, network.pairs)
        assert torch.equal(networks.embed(for_good, pixels), expected)
    assert all(torch.equal(now, kept[name]) for name, now in network.module.state_dict().items())


def test_in_half_precision_it_is_as_close_as_that_precision_is() -> None:
    network = _network()
    network.module.eval()
    pixels = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        exact = networks.embed(_unfolded(network), pixels)
        with torch.autocast("cpu", torch.bfloat16):
            folded = networks.embed(network, pixels).float()
            unfolded = networks.embed(_unfolded(network), pixels).float()
    error, usual = ((embeddings - exact).norm() for embeddings in (folded, unfolded))
    assert error < 2 * usual


def test_a_convolution_with_an_offset_of_its_own() -> None:
    module = _Doubtful().eval()
    torch.nn.init.constant_(module.get_submodule("of_free").running_mean, 0.3)  # type: ignore[arg-type]
    torch.nn.init.constant_(module.get_submodule("of_free").running_var, 4.0)  # type: ignore[arg-type]
    # The last BatchNorm would hide an offset.
    module.untracked = torch.nn.Identity()
    pixels = torch.randn(2, 3, 8, 8)
    expected = module.forward_features(pixels)
    with batchnorm_folding.folded(module, (("free", "of_free"),)):
        torch.testing.assert_close(module.forward_features(pixels), expected)


def test_all_weights_learn_the_same_through_it() -> None:
    network = _network()
    config = presets.named("balanced", backbone="mobilenetv2_100", init="imagenet", frozen_stages=2)
    pixels, labels = torch.randn(4, 3, 64, 64), torch.tensor([0, 1, 2, 0])
    gradients = []
    for variant in (
        replace(network, pretrained=True),
        replace(_unfolded(network), pretrained=True),
    ):
        optimization.create_optimizer(variant.module, config)
        optimization.set_train_mode(variant, config)
        loss = nn.functional.cross_entropy(networks.logits(variant, pixels), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients.append({name: p.grad for name, p in variant.module.named_parameters()})

    folded, unfolded = gradients
    learnt = {name for name, gradient in unfolded.items() if gradient is not None}
    assert {name for name, gradient in folded.items() if gradient is not None} == learnt
    assert {"blocks.5.0.conv_dw.weight", "blocks.5.0.bn2.weight", "blocks.5.0.bn2.bias"} <= learnt
    assert "conv_stem.weight" not in learnt
    for name in learnt:
        expected = unfolded[name]
        assert expected is not None
        # Rounding moves a few values over the edges of ReLU6.
        assert torch.linalg.vector_norm(folded[name] - expected) < 1e-2 * (
            torch.linalg.vector_norm(expected) + 1e-6
        ), name


def test_statistics_that_are_learnt_are_left_to_batchnorm() -> None:
    network = _network("mobilenetv3_small_100")
    network.module.train()
    before = {name: value.clone() for name, value in network.module.named_buffers()}

    networks.logits(network, torch.randn(4, 3, 64, 64))

    after = dict(network.module.named_buffers())
    assert all(not torch.equal(before[n], after[n]) for n in before if "running_mean" in n)


def test_nothing_is_left_behind_even_by_a_failure() -> None:
    network = _network("mobilenetv3_small_100")
    network.module.eval()
    names = {name: set(vars(layer)) for name, layer in network.module.named_modules()}
    weights = copy.deepcopy(network.module.state_dict())

    with pytest.raises(RuntimeError):
        networks.logits(network, torch.randn(1, 5, 64, 64))

    assert {name: set(vars(layer)) for name, layer in network.module.named_modules()} == names
    after = network.module.state_dict()
    assert all(torch.equal(weights[name], after[name]) for name in weights)


class _Doubtful(nn.Module):
    """A convolution that somebody else reads, one that is used twice, and one that may go."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("seen", "twice", "free"):
            self.add_module(name, nn.Conv2d(3, 3, 1))
        for name in ("of_seen", "of_twice", "again", "of_free", "untracked"):
            self.add_module(name, nn.BatchNorm2d(3, track_running_stats=name != "untracked"))

    def forward_features(self, pixels: Tensor) -> Tensor:
        part = self.get_submodule
        seen = part("seen")(pixels)
        features: Tensor = part("of_seen")(seen) + seen
        features = part("again")(part("twice")(part("of_twice")(part("twice")(features))))
        return part("untracked")(part("of_free")(part("free")(features))).relu()  # type: ignore[no-any-return]


def test_only_what_nobody_else_needs_is_folded() -> None:
    assert batchnorm_folding.pairs(_Doubtful(), (3, 8, 8)) == (("free", "of_free"),)
