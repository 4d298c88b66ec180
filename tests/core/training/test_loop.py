import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.data import batches
from core.data.batches import LabelledImages
from core.devices.process_group import SINGLE_PROCESS
from core.imaging import squares
from core.models import network_stages, networks
from core.models.networks import Network
from core.settings import presets
from core.settings.config import TrainConfig
from core.training import ema, loop, optimization, resume_state, training_state
from core.training.loop import Callbacks, TrainingSetup
from core.training.step import TrainStep
from core.training.training_state import TrainingState
from core.types import SampleId
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

IDS = tuple(class_id for class_id, _ in job_examples.CLASSES)
SETTINGS = {
    "init": "random",
    "backbone": job_examples.BACKBONE,
    "image_size": 32,
    "batch_size": 6,
    "epochs": 2,
    "tta_views": 1,
}


def images(numbers: range) -> LabelledImages:
    chosen = [(label, number) for label in IDS for number in numbers]
    return LabelledImages(
        ids=tuple(SampleId(f"{label:08x}{number:08x}") for label, number in chosen),
        labels=np.array([IDS.index(label) for label, _ in chosen], dtype=np.int64),
        stored=tuple(
            squares.store(job_examples.picture(label, number), 46) for label, number in chosen
        ),
    )


def training_setup(settings: TrainConfig, validation: range = range(6, 9)) -> TrainingSetup:
    train = images(range(6))
    loader = batches.loader_config(settings, IDS, train.labels)
    return TrainingSetup(
        train=train,
        validation=images(validation),
        # BatchNorm of the tests' pretrained networks does learn here.
        loader=replace(loader, batchnorm_trains=True),
        config=settings,
        hardware=job_examples.ONE_THREAD,
    )


def trained(settings: TrainConfig, *, pretrained: bool = False, **changes):
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random", dropout=0.2)
    network = replace(network, pretrained=pretrained)
    before = ema.cpu_state_dict(network.module)
    start = TrainingState(epoch=0, model=before, optimizer=None, best=before, best_epoch=0)
    seen: list[TrainingState] = []
    setup = replace(training_setup(settings), **changes)
    end = loop.fit(network, setup, start, Callbacks(on_epoch_end=seen.append))
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
    progress = TrainingState(epoch=0, model={}, optimizer=None, best={}, best_epoch=0)
    for epoch, (f1, loss) in enumerate(rows, start=1):
        row = {"epoch": epoch, "macro_f1": f1, "validation_loss": loss}
        history.append(training_state.is_better(row, progress))
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
    made = training_setup(settings, range(0))
    *_, end, _ = trained(settings, validation=made.validation)
    assert end.best_epoch == 2
    assert end.history[-1]["macro_f1"] is None


def test_a_loss_that_is_no_number_ends_training_and_keeps_nothing_of_that_epoch():
    settings = presets.named("balanced", **SETTINGS)
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random")
    good = ema.cpu_state_dict(network.module)
    with torch.no_grad():
        network_stages.classifier(network.module).bias.fill_(math.inf)
    broken = ema.cpu_state_dict(network.module)
    start = TrainingState(epoch=0, model=broken, optimizer=None, best=good, best_epoch=0)
    heard: list[TrainingState] = []
    end = loop.fit(network, training_setup(settings), start, Callbacks(on_epoch_end=heard.append))
    assert (end.diverged, end.epoch, end.best_epoch) == (1, 0, 0)
    assert not changed(good, end.best)
    assert heard == []


def test_stages_nearer_to_the_input_learn_more_slowly():
    settings = presets.named("balanced", **SETTINGS, layer_decay=0.5, weight_decay=0.1)
    module = networks.build(job_examples.BACKBONE, 3, "random").module
    groups = optimization.create_optimizer(module, settings).param_groups
    scales = sorted({group["lr_scale"] for group in groups}, reverse=True)
    assert scales == pytest.approx([0.5**n for n in range(len(scales))])
    assert len(scales) == len(networks.stages(job_examples.BACKBONE, 3))
    for group in groups:
        one_dimensional = all(p.ndim == 1 for p in group["params"])
        assert group["weight_decay"] == (0.0 if one_dimensional else 0.1)


def test_however_many_stages_are_frozen_the_classifier_learns():
    settings = presets.named("balanced", **SETTINGS, frozen_stages=100)
    network, before, *_ = trained(settings, pretrained=True)
    assert changed(before, network.module.state_dict()) == {"classifier.weight", "classifier.bias"}


def test_validation_is_never_augmented():
    settings = presets.named("balanced", **SETTINGS)
    torch.manual_seed(0)
    network = networks.build(settings.backbone, 3, "random")
    plain = loop.evaluate(network, training_setup(settings.changed(augmentation="none")))
    strong = loop.evaluate(network, training_setup(settings.changed(augmentation="strong")))
    assert plain == strong


def test_scores_by_hand():
    # True 0 0 1 1, predicted 0 1 1 1: recalls 1/2 and 1; F1 2/3 and 4/5.
    shares = np.array([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.1, 0.9]])
    scores = training_state.scores(shares, np.array([0, 0, 1, 1]))
    assert scores["balanced_accuracy"] == pytest.approx(0.75)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    expected = -(math.log(0.8) + math.log(0.4) + math.log(0.7) + math.log(0.9)) / 4
    assert scores["validation_loss"] == pytest.approx(expected)


def averaged(**more):
    given = {"init": "known.pth", "ema_epochs": 1.0, "trainings": 2, "patience": 20}
    return presets.named("balanced", **{**SETTINGS, **given, **more})


def test_a_further_training_starts_where_the_first_one_did():
    settings = averaged(ema_epochs=0.0, learning_rate=1e-12, weight_decay=0.0)
    # Nothing is learnt, so that all trainings and their mean stay where they started.
    _, before, end, _ = trained(settings, pretrained=True)
    assert end.epoch == 4
    assert [row["epoch"] for row in end.history] == [1, 2, 3, 4]
    for kept in (end.best, end.model, end.soup):
        assert kept is not None
        for name, tensor in kept.items():
            assert torch.allclose(tensor.float(), before[name].float(), atol=1e-6), name


def test_what_an_earlier_training_has_learned_last_is_no_part_of_a_step():
    settings = presets.named("balanced", **{**SETTINGS, "frozen_stages": 0})
    after = []
    for stale in (0.0, 1e9):
        torch.manual_seed(0)
        network = fresh(settings)
        optimizer = optimization.create_optimizer(network.module, settings.changed(frozen_stages=1))
        still = [weight for weight in network.module.parameters() if not weight.requires_grad]
        for parameter in still:
            parameter.grad = torch.full_like(parameter, stale)
        step = TrainStep(
            network, optimizer, job_examples.ONE_THREAD, SINGLE_PROCESS, lambda sentence: None
        )
        given = training_setup(settings)
        step(next(batches.training_batches(given.train, given.loader, 1)), np.ones(3), 0.0)
        assert still
        after.append(ema.cpu_state_dict(network.module))
    assert not changed(*after)


def test_every_training_has_its_own_patience():
    # Nothing becomes better than it was before: the second training has all its epochs, too.
    # A rate below the weights' resolution: they stay what they are, to the bit.
    still = {"ema_epochs": 0.0, "learning_rate": 1e-30, "weight_decay": 0.0}
    settings = averaged(**still, epochs=3, patience=3)
    *_, end, _ = trained(settings, pretrained=True)
    assert end.best_epoch == 1
    assert end.epoch == 6
    # After the first epoch there was no better one for two, which is the first training's end.
    *_, end, _ = trained(settings.changed(patience=1), pretrained=True)
    assert end.epoch == 2


def test_the_network_that_is_kept_is_the_mean_of_the_trainings():
    settings = averaged(ema_epochs=0.0)
    nothing = training_setup(settings, range(0)).validation
    _, _, end, seen = trained(settings, pretrained=True, validation=nothing)
    first, second = seen[1].model, seen[3].model
    assert changed(first, second)
    for name in changed(first, second):
        assert torch.allclose(end.best[name], (first[name] + second[name]) / 2, atol=1e-6)
    assert seen[1].best_epoch == 2
    assert end.best_epoch == 4


def test_the_average_is_kept_while_training_goes_on_from_the_weights_themselves():
    settings = averaged(trainings=1)
    nothing = training_setup(settings, range(0)).validation
    _, _, end, _ = trained(settings, pretrained=True, validation=nothing)
    assert end.ema is not None
    assert changed(end.ema, end.model)
    assert not changed(end.ema, end.best)


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_averages_are_resumed_bit_for_bit(stop_after, tmp_path):
    settings = averaged(cutmix=0.5, erasing=0.5)
    network = fresh(settings)
    before = ema.cpu_state_dict(network.module)
    start = TrainingState(epoch=0, model=before, optimizer=None, best=before, best_epoch=0)

    def keep(progress: TrainingState) -> None:
        if progress.epoch == stop_after:
            resume_state.save(tmp_path, progress)

    undisturbed = loop.fit(network, training_setup(settings), start, Callbacks(on_epoch_end=keep))
    kept = resume_state.load(tmp_path)
    assert kept is not None
    resumed = Callbacks()
    end = loop.fit(fresh(settings), training_setup(settings), kept, resumed)
    for weights, expected in ((end.best, undisturbed.best), (end.model, undisturbed.model)):
        assert not changed(weights, expected)
    assert end.best_epoch == undisturbed.best_epoch


def fresh(settings: TrainConfig) -> Network:
    network = networks.build(settings.backbone, 3, "random", dropout=0.2)
    return replace(network, pretrained=True)
