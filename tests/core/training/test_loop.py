import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.data import augmentation, batches
from core.data.batches import Examples, Recipe
from core.data.mixup import Chances
from core.devices.process_group import ALONE
from core.imaging import views
from core.models import network_stages, networks
from core.models.networks import Network
from core.settings import presets
from core.settings.config import TrainConfig
from core.training import epoch_progress, loop, optimizers, resume_state
from core.training.epoch_progress import Progress
from core.training.loop import Listener, Material
from core.training.step import Stepper
from core.types import SampleId
from tests.core.jobs import job_examples

IDS = tuple(class_id for class_id, _ in job_examples.CLASSES)
SETTINGS = {
    "init": "random",
    "backbone": job_examples.BACKBONE,
    "image_size": 32,
    "batch_size": 6,
    "epochs": 2,
    "tta_views": 1,
}


def examples(numbers: range) -> Examples:
    found = [(label, number) for label in IDS for number in numbers]
    return Examples(
        ids=tuple(SampleId(f"{label:08x}{number:08x}") for label, number in found),
        labels=np.array([IDS.index(label) for label, _ in found], dtype=np.int64),
        stored=tuple(
            views.store(job_examples.picture(label, number), 46) for label, number in found
        ),
    )


def material(settings: TrainConfig, validation: range = range(6, 9)) -> Material:
    train = examples(range(6))
    plan = augmentation.plan(batches.counts(train.labels, IDS), settings.balance)
    recipe = Recipe(
        plan=plan,
        classes=IDS,
        strength=settings.augmentation,
        size=settings.image_size,
        batch=settings.batch_size,
        seed=settings.seed,
        chances=Chances(patch=settings.cutmix, blend=settings.mixup, hole=settings.erasing),
    )
    return Material(
        train=train,
        validation=examples(validation),
        recipe=recipe,
        config=settings,
        hardware=job_examples.ONE_THREAD,
    )


def trained(settings: TrainConfig, *, pretrained: bool = False, **changes):
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random", dropout=0.2)
    network = replace(network, pretrained=pretrained)
    before = loop.snapshot(network.module)
    start = Progress(epoch=0, model=before, optimizer=None, best=before, best_epoch=0)
    seen: list[Progress] = []
    made = replace(material(settings), **changes)
    end = loop.fit(network, made, start, Listener(epoch=seen.append))
    return network, before, end, seen


def changed(before, after) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_frozen_stages_do_not_move():
    settings = presets.named("balanced", **SETTINGS, frozen_stages=3)
    _, before, end, _ = trained(settings)
    stages = networks.stages(job_examples.BACKBONE, 3)
    frozen = tuple(f"{name}." for stage in stages[:3] for name in stage.modules)
    moved = changed(before, end.model)
    assert frozen == ("conv_stem.", "bn1.", "blocks.0.", "blocks.1.")
    assert not [name for name in moved if name.startswith(frozen)]
    assert "classifier.weight" in moved
    assert [name for name in moved if name.startswith("blocks.2.")]


def test_pretrained_batchnorm_statistics_do_not_move_and_random_ones_do():
    settings = presets.named("balanced", **SETTINGS)
    for pretrained in (True, False):
        _, before, end, _ = trained(settings, pretrained=pretrained)
        moved = [name for name in changed(before, end.model) if "running_mean" in name]
        assert bool(moved) is not pretrained


def test_the_best_epoch_is_a_copy_that_later_steps_leave_alone():
    settings = presets.named("balanced", **SETTINGS)
    network, _, end, seen = trained(settings)
    kept = {name: tensor.clone() for name, tensor in end.best.items()}
    with torch.no_grad():
        for parameter in network.module.parameters():
            parameter.add_(1.0)
    assert not changed(kept, end.best)
    assert changed(seen[0].model, seen[1].model)


def test_the_best_epoch_has_the_highest_macro_f1_and_then_the_smallest_loss():
    rows = [(0.5, 1.0), (0.7, 0.9), (0.7, 0.8), (0.6, 0.1)]
    history = []
    progress = Progress(epoch=0, model={}, optimizer=None, best={}, best_epoch=0)
    for epoch, (f1, loss) in enumerate(rows, start=1):
        row = {"epoch": epoch, "macro_f1": f1, "validation_loss": loss}
        history.append(epoch_progress.better(row, progress))
        best = epoch if history[-1] else progress.best_epoch
        progress = replace(progress, history=[*progress.history, row], best_epoch=best)
    assert history == [True, True, True, False]


def test_training_ends_when_nothing_has_become_better_for_long_enough():
    # A rate of almost nothing: no epoch beats the first.
    settings = presets.named(
        "balanced", **{**SETTINGS, "epochs": 30, "learning_rate": 1e-12, "patience": 2}
    )
    *_, end, _ = trained(settings, pretrained=True)
    assert end.epoch - end.best_epoch == 2
    assert end.epoch < 30


def test_without_validation_the_last_epoch_is_the_best():
    settings = presets.named("balanced", **SETTINGS)
    made = material(settings, range(0))
    *_, end, _ = trained(settings, validation=made.validation)
    assert end.best_epoch == 2
    assert end.history[-1]["macro_f1"] is None


def test_a_loss_that_is_no_number_ends_training_and_keeps_nothing_of_that_epoch():
    settings = presets.named("balanced", **SETTINGS)
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random")
    good = loop.snapshot(network.module)
    with torch.no_grad():
        network_stages.classifier(network.module).bias.fill_(math.inf)
    broken = loop.snapshot(network.module)
    start = Progress(epoch=0, model=broken, optimizer=None, best=good, best_epoch=0)
    heard: list[Progress] = []
    end = loop.fit(network, material(settings), start, Listener(epoch=heard.append))
    assert (end.diverged, end.epoch, end.best_epoch) == (1, 0, 0)
    assert not changed(good, end.best)
    assert heard == []


def test_stages_nearer_to_the_input_learn_more_slowly():
    settings = presets.named("balanced", **SETTINGS, layer_decay=0.5, weight_decay=0.1)
    module = networks.build(job_examples.BACKBONE, 3, "random").module
    groups = optimizers.optimizer_for(module, settings).param_groups
    rates = sorted({group["lr"] for group in groups}, reverse=True)
    assert rates == pytest.approx([settings.learning_rate * 0.5**n for n in range(len(rates))])
    assert len(rates) == len(networks.stages(job_examples.BACKBONE, 3))
    for group in groups:
        one_dimensional = all(p.ndim == 1 for p in group["params"])
        assert group["weight_decay"] == (0.0 if one_dimensional else 0.1)


def test_however_many_stages_are_frozen_the_classifier_learns():
    settings = presets.named("balanced", **SETTINGS, frozen_stages=100)
    network, before, *_ = trained(settings, pretrained=True)
    assert changed(before, network.module.state_dict()) == {"classifier.weight", "classifier.bias"}


def test_the_rate_climbs_and_then_falls_to_nothing():
    settings = presets.named("balanced", **{**SETTINGS, "epochs": 10}, warmup_epochs=2.0)
    share = [optimizers.rate(settings, epochs) for epochs in (0.0, 1.0, 2.0, 6.0, 10.0)]
    assert share[0] < share[1] < share[2] > share[3] > share[4]
    assert share[4] == pytest.approx(0.0, abs=1e-9)


def test_validation_is_never_augmented():
    settings = presets.named("balanced", **SETTINGS)
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random")
    plain = loop.measure(network, material(settings.changed(augmentation="none")))
    strong = loop.measure(network, material(settings.changed(augmentation="strong")))
    assert plain == strong


def test_scores_by_hand():
    # True 0 0 1 1, predicted 0 1 1 1: recalls 1/2 and 1; F1 2/3 and 4/5.
    shares = np.array([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.1, 0.9]])
    found = epoch_progress.scores(shares, np.array([0, 0, 1, 1]))
    assert found["balanced_accuracy"] == pytest.approx(0.75)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    expected = -(math.log(0.8) + math.log(0.4) + math.log(0.7) + math.log(0.9)) / 4
    assert found["validation_loss"] == pytest.approx(expected)


def averaged(**more):
    given = {"init": "known.pth", "ema_epochs": 1.0, "trainings": 2, "patience": 20}
    return presets.named("balanced", **{**SETTINGS, **given, **more})


def test_a_further_training_starts_where_the_first_one_did():
    settings = averaged(ema_epochs=0.0, learning_rate=1e-12, weight_decay=0.0)
    # Nothing is learnt, so that all trainings and their mean stay where they started.
    _, before, end, _ = trained(settings, pretrained=True)
    assert end.epoch == 4
    assert [row["epoch"] for row in end.history] == [1, 2, 3, 4]
    for kept in (end.best, end.model, end.finished):
        assert kept is not None
        for name, tensor in kept.items():
            assert torch.allclose(tensor.float(), before[name].float(), atol=1e-6), name


def test_what_an_earlier_training_has_learned_last_is_no_part_of_a_step():
    settings = presets.named("balanced", **{**SETTINGS, "frozen_stages": 0})
    after = []
    for stale in (0.0, 1e9):
        torch.manual_seed(0)
        network = fresh(settings)
        optimizer = optimizers.optimizer_for(network.module, settings.changed(frozen_stages=1))
        still = [one for one in network.module.parameters() if not one.requires_grad]
        for parameter in still:
            parameter.grad = torch.full_like(parameter, stale)
        stepper = Stepper(network, optimizer, job_examples.ONE_THREAD, ALONE, lambda sentence: None)
        given = material(settings)
        stepper.step(next(batches.training_batches(given.train, given.recipe, 1)), np.ones(3), 0.0)
        assert still
        after.append(loop.snapshot(network.module))
    assert not changed(*after)


def test_every_training_has_its_own_patience():
    # Nothing becomes better than it was before: the second training has all its epochs, too.
    settings = averaged(ema_epochs=0.0, learning_rate=1e-12, weight_decay=0.0, epochs=3, patience=3)
    *_, end, _ = trained(settings, pretrained=True)
    assert end.best_epoch == 1
    assert end.epoch == 6
    # After the first epoch there was no better one for two, which is the first training's end.
    *_, end, _ = trained(settings.changed(patience=1), pretrained=True)
    assert end.epoch == 2


def test_the_network_that_is_kept_is_the_mean_of_the_trainings():
    settings = averaged(ema_epochs=0.0)
    nothing = material(settings, range(0)).validation
    _, _, end, seen = trained(settings, pretrained=True, validation=nothing)
    first, second = seen[1].model, seen[3].model
    assert changed(first, second)
    for name in changed(first, second):
        assert torch.allclose(end.best[name], (first[name] + second[name]) / 2, atol=1e-6)
    assert seen[1].best_epoch == 2
    assert end.best_epoch == 4


def test_the_average_is_kept_while_training_goes_on_from_the_weights_themselves():
    settings = averaged(trainings=1)
    nothing = material(settings, range(0)).validation
    _, _, end, _ = trained(settings, pretrained=True, validation=nothing)
    assert end.average is not None
    assert changed(end.average, end.model)
    assert not changed(end.average, end.best)


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_averages_are_resumed_bit_for_bit(stop_after, tmp_path):
    settings = averaged(cutmix=0.5, erasing=0.5)
    network = fresh(settings)
    before = loop.snapshot(network.module)
    start = Progress(epoch=0, model=before, optimizer=None, best=before, best_epoch=0)

    def keep(progress: Progress) -> None:
        if progress.epoch == stop_after:
            resume_state.save(tmp_path, progress)

    undisturbed = loop.fit(network, material(settings), start, Listener(epoch=keep))
    kept = resume_state.load(tmp_path)
    assert kept is not None
    resumed = Listener(epoch=lambda progress: None)
    end = loop.fit(fresh(settings), material(settings), kept, resumed)
    for one, other in ((end.best, undisturbed.best), (end.model, undisturbed.model)):
        assert not changed(one, other)
    assert end.best_epoch == undisturbed.best_epoch


def fresh(settings: TrainConfig) -> Network:
    network = networks.build(settings.backbone, 3, "random", dropout=0.2)
    return replace(network, pretrained=True)
