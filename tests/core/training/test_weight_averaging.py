import pytest
import torch
from torch import nn

from core.training import weight_averaging
from core.training.weight_averaging import StepAverage


def layer(value: float) -> nn.Module:
    made = nn.BatchNorm1d(2)
    with torch.no_grad():
        for tensor in (made.weight, made.bias, made.running_mean, made.running_var):
            tensor.fill_(value)
    return made


def test_the_average_moves_a_share_of_the_way_after_every_step():
    module = layer(0.0)
    average = StepAverage(module, 4)
    for value in (8.0, 4.0):
        module.load_state_dict(layer(value).state_dict())
        average.follow()
    # 0 -> a quarter of 8 is 2 -> a quarter of the way from 2 to 4 is 2.5.
    assert average.weights()["weight"].tolist() == [2.5, 2.5]
    assert average.weights()["running_mean"].tolist() == [2.5, 2.5]


def test_counters_are_not_averaged():
    assert "num_batches_tracked" not in StepAverage(layer(0.0), 4).weights()


def test_an_average_goes_on_from_where_it_was():
    module = layer(1.0)
    whole = StepAverage(module, 3)
    whole.follow()
    later = StepAverage(module, 3, whole.weights())
    module.load_state_dict(layer(7.0).state_dict())
    for average in (whole, later):
        average.follow()
    for name, tensor in whole.weights().items():
        assert torch.equal(tensor, later.weights()[name])


def test_an_average_over_less_than_a_step_is_the_network_itself():
    module = layer(1.0)
    average = StepAverage(module, 0.2)
    module.load_state_dict(layer(5.0).state_dict())
    average.follow()
    assert average.weights()["weight"].tolist() == [5.0, 5.0]


def test_the_mean_of_several_trainings_gives_each_the_same_share():
    first, second, third = (layer(value).state_dict() for value in (3.0, 6.0, 12.0))
    two = weight_averaging.mean(first, second, 1 / 2)
    three = weight_averaging.mean(two, third, 1 / 3)
    assert two["weight"].tolist() == pytest.approx([4.5, 4.5])
    assert three["weight"].tolist() == pytest.approx([7.0, 7.0])
