import pytest
import torch
from torch import nn

from core.training import ema


def layer(value: float) -> nn.Module:
    made = nn.BatchNorm1d(2)
    with torch.no_grad():
        for tensor in (made.weight, made.bias, made.running_mean, made.running_var):
            tensor.fill_(value)
    return made


def test_the_average_moves_a_share_of_the_way_after_every_step():
    module = layer(0.0)
    average = ema.create_ema(module, 4)
    for value in (8.0, 4.0):
        module.load_state_dict(layer(value).state_dict())
        average.update(module)
    # 0 -> a quarter of 8 is 2 -> a quarter of the way from 2 to 4 is 2.5.
    assert average.module.state_dict()["weight"].tolist() == [2.5, 2.5]
    assert average.module.state_dict()["running_mean"].tolist() == [2.5, 2.5]


def test_counters_are_copied_not_averaged():
    module = layer(0.0)
    average = ema.create_ema(module, 4)
    module.num_batches_tracked.fill_(7)
    average.update(module)
    assert average.module.num_batches_tracked.item() == 7


def test_timms_average_is_a_plain_exponential_moving_average_to_the_last_digits():
    torch.manual_seed(0)
    module = nn.Linear(50, 50)
    average = ema.create_ema(module, 17.3)
    expected = module.weight.detach().clone()
    for _ in range(200):
        with torch.no_grad():
            module.weight.add_(torch.randn(50, 50))
        average.update(module)
        expected.lerp_(module.weight.detach(), 1 / 17.3)
    assert torch.allclose(average.module.weight, expected, atol=1e-6)


def test_an_average_continues_where_it_was():
    module = layer(1.0)
    whole = ema.create_ema(module, 3)
    whole.update(module)
    later = ema.create_ema(module, 3, ema.cpu_state_dict(whole.module))
    module.load_state_dict(layer(7.0).state_dict())
    for average in (whole, later):
        average.update(module)
    for name, tensor in whole.module.state_dict().items():
        assert torch.equal(tensor, later.module.state_dict()[name])


def test_an_average_over_less_than_a_step_is_the_network_itself():
    module = layer(1.0)
    average = ema.create_ema(module, 0.2)
    module.load_state_dict(layer(5.0).state_dict())
    average.update(module)
    assert average.module.state_dict()["weight"].tolist() == [5.0, 5.0]


def test_the_mean_of_several_trainings_gives_each_the_same_share():
    first, second, third = (layer(value).state_dict() for value in (3.0, 6.0, 12.0))
    two = ema.interpolate(first, second, 1 / 2)
    three = ema.interpolate(two, third, 1 / 3)
    assert two["weight"].tolist() == pytest.approx([4.5, 4.5])
    assert three["weight"].tolist() == pytest.approx([7.0, 7.0])
