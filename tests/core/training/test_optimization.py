"""timm's optimizer and schedule take the steps that are written out here."""

import math

import pytest
import torch
from torch import nn

from core.models import network_stages, networks
from core.settings import presets
from core.settings.config import TrainConfig
from core.training import optimization
from tests.core.jobs import job_examples

STEPS_PER_EPOCH, EPOCHS = 5, 4


def settings(**more: object) -> TrainConfig:
    given = {"backbone": job_examples.BACKBONE, "init": "known.pth", "frozen_stages": 1, **more}
    return presets.named("balanced", epochs=EPOCHS, **given)


def share(config: TrainConfig, step: int) -> float:
    """Return the share of the highest rate: a linear warm-up, then a half cosine to zero."""
    epochs = step / STEPS_PER_EPOCH
    if epochs < config.warmup_epochs:
        return (
            0.1 / config.warmup_epochs
            + (1 - 0.1 / config.warmup_epochs) * epochs / config.warmup_epochs
        )
    return 0.5 * (1 + math.cos(math.pi * epochs / config.epochs))


def plain_optimizer(module: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    stages = network_stages.parts(module)
    groups = []
    for number, stage in enumerate(stages):
        for parameter in network_stages.parameters(module, stage):
            parameter.requires_grad_(number >= config.frozen_stages)
            if number >= config.frozen_stages:
                peak = config.learning_rate * config.layer_decay ** (len(stages) - 1 - number)
                decay = config.weight_decay if parameter.ndim > 1 else 0.0
                groups.append({"params": [parameter], "peak": peak, "weight_decay": decay})
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=0.0)


def trained(config: TrainConfig, *, with_timm: bool) -> dict[str, torch.Tensor]:
    """Return the weights after all steps on random images."""
    torch.manual_seed(0)
    module = networks.build(config.backbone, 3, "random").module.eval()
    if with_timm:
        optimizer = optimization.create_optimizer(module, config)
        scheduler = optimization.create_scheduler(optimizer, config, STEPS_PER_EPOCH)
    else:
        optimizer = plain_optimizer(module, config)
    for step in range(EPOCHS * STEPS_PER_EPOCH):
        if with_timm:
            scheduler.step_update(step)
        else:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share(config, step)
        optimizer.zero_grad()
        logits = module(torch.randn(4, 3, 32, 32))
        nn.functional.cross_entropy(logits, torch.arange(4) % 3).backward()
        optimizer.step()
    return module.state_dict()


@pytest.mark.parametrize("optimizer", ["adamw", "adam"])
@pytest.mark.parametrize("warmup", [0.0, 1.0, 2.0])
def test_timm_takes_the_same_steps_with_layer_decay_weight_decay_and_schedule(optimizer, warmup):
    config = settings(optimizer=optimizer, warmup_epochs=warmup)
    ours, plain = trained(config, with_timm=True), trained(config, with_timm=False)
    for name, tensor in ours.items():
        assert torch.allclose(tensor.float(), plain[name].float(), atol=1e-6), name


def test_the_rate_climbs_and_then_falls_to_nothing():
    config = settings(warmup_epochs=2.0)
    module = networks.build(config.backbone, 3, "random").module
    optimizer = optimization.create_optimizer(module, config)
    scheduler = optimization.create_scheduler(optimizer, config, STEPS_PER_EPOCH)
    rates = []
    for step in range(EPOCHS * STEPS_PER_EPOCH + 1):
        scheduler.step_update(step)
        rates.append(max(group["lr"] for group in optimizer.param_groups))
    climb = 2 * STEPS_PER_EPOCH
    assert rates[:climb] == sorted(rates[:climb])
    assert rates[climb:] == sorted(rates[climb:], reverse=True)
    assert rates[0] == pytest.approx(config.learning_rate * 0.05)
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_schedule_goes_on_after_a_resume_where_it_was():
    config = settings()
    module = networks.build(config.backbone, 3, "random").module
    rates, kept = [], None
    for _ in range(2):
        optimizer = optimization.create_optimizer(module, config)
        scheduler = optimization.create_scheduler(optimizer, config, STEPS_PER_EPOCH)
        if kept is not None:
            optimizer.load_state_dict(kept)
        scheduler.step_update(9)
        kept = optimizer.state_dict()
        scheduler.step_update(10)
        rates.append([group["lr"] for group in optimizer.param_groups])
    assert rates[0] == rates[1]
