"""What can go wrong while a job trains: a sentence each, and nothing that was done is lost."""

import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

from core.jobs import job_process, job_spec
from core.models import networks
from core.settings import presets
from core.training import ema, loop, resume_state
from core.training.loop import Callbacks
from core.training.training_state import TrainingState
from tests.core.jobs import job_examples, killing
from tests.core.training.test_loop import SETTINGS, training_setup

pytestmark = pytest.mark.process

KEPT = ("checkpoint/weights.safetensors", "predictions.npz")


def error(folder: Path) -> dict[str, str]:
    document: dict[str, str] = json.loads((folder / job_spec.ERROR).read_text())
    return document


def test_killed_five_times_at_random_batches_a_job_ends_with_the_weights_of_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    settings = {"epochs": 12, "patience": 12, "batch_size": 2}
    calm = job_examples.prepared(tmp_path, "calm", **settings)
    assert killing.started(calm).wait() == 0
    stormy = job_examples.prepared(tmp_path, "stormy", **settings)
    lost = killing.at_random_batches(stormy, 5, random.Random(7))
    assert len(lost) == 5
    assert not (stormy / job_spec.RESULT).exists()
    assert killing.started(stormy).wait() == 0
    assert job_examples.result(stormy)["epochs_done"] == 12
    for name in KEPT:
        assert (stormy / name).read_bytes() == (calm / name).read_bytes(), name


def test_a_job_whose_loss_is_no_number_any_more_ends_with_its_best_epoch(tmp_path: Path) -> None:
    folder = job_examples.prepared(tmp_path, epochs=4, patience=4)
    # As an epoch leaves it whose last step went too far: the best weights are good, the last not.
    settings = presets.named("balanced", **{**SETTINGS, "epochs": 1})
    torch.manual_seed(0)
    network = networks.build(job_examples.BACKBONE, 3, "random")
    weights = ema.cpu_state_dict(network.module)
    start = TrainingState(epoch=0, model=weights, optimizer=None, best=weights, best_epoch=0)
    good = loop.fit(network, training_setup(settings), start, Callbacks())
    last = {name: tensor.clone() for name, tensor in good.model.items()}
    last["classifier.bias"].fill_(math.inf)
    good.model, good.optimizer = last, None
    resume_state.save(folder / job_spec.LAST, good)
    assert job_process.run(folder) == 0
    told = job_examples.result(folder)
    assert (told["status"], told["best_epoch"], told["epochs_done"]) == ("stopped", 1, 1)
    assert told["message"] == (
        "The training loss stopped being a number in epoch 2. Training ended there and the "
        "network of epoch 1 is kept; start a run with a smaller learning rate."
    )
    shares = job_examples.predictions(folder)["probabilities"]
    assert shares.sum(axis=1) == pytest.approx(1.0)


def test_a_loss_that_never_was_a_number_fails_the_job_with_a_sentence(tmp_path: Path) -> None:
    folder = job_examples.prepared(tmp_path, epochs=1)
    weights = networks.build(job_examples.BACKBONE, 3, "random").module.state_dict()
    weights["classifier.bias"].fill_(math.inf)
    start = TrainingState(epoch=0, model=weights, optimizer=None, best=weights, best_epoch=0)
    resume_state.save(folder / job_spec.LAST, start)
    assert job_process.run(folder) == 1
    assert error(folder)["message"] == "The training loss stopped being a number in epoch 1."
    assert "smaller learning rate" in error(folder)["hint"]


@pytest.mark.parametrize(
    ("most", "epochs", "left"),
    [
        (20_000, 2, ["job.json"]),  # the decoded pictures do not fit
        (400_000, 2, ["job.json", "last"]),  # nor does the state after an epoch
        (400_000, 0, ["job.json", "checkpoint"]),  # nor do the weights
    ],
)
def test_a_full_disk_fails_the_job_with_a_sentence_and_it_goes_on_later(
    tmp_path: Path, most: int, epochs: int, left: list[str]
) -> None:
    weights = job_examples.weights_file(tmp_path / "start.safetensors")
    folder = job_examples.prepared(tmp_path, epochs=epochs, init=str(weights))
    limited = (
        "import resource, sys; from core.jobs import job_process; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); "
        "sys.exit(job_process.main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", limited, str(folder)], check=False)
    assert done.returncode == 1
    assert error(folder)["title"] == "Disk full"
    assert "its finished epochs are kept" in error(folder)["hint"]
    files = {path.name for path in folder.iterdir()} - {".lock", job_spec.ERROR, job_spec.EVENTS}
    assert files == set(left)
    assert not list(tmp_path.rglob("*.part"))
    assert job_process.run(folder) == 0
    assert job_examples.result(folder)["epochs_done"] == epochs


@pytest.mark.parametrize(
    ("init", "sentence"),
    [
        ("none.safetensors", "There is no weights file"),
        ("other.safetensors", "belongs to resnet10t, not to test_efficientnet"),
        ("unnamed.safetensors", "are missing (first: conv_stem.weight)"),
        ("broken.pth", "1 hold values that are no numbers (first: conv_stem.weight)"),
    ],
)
def test_weights_that_do_not_fit_fail_the_job_by_name(
    tmp_path: Path, init: str, sentence: str
) -> None:
    job_examples.weights_file(tmp_path / "other.safetensors", {"architecture": "resnet10t"})
    strange = {"layer1.weight": torch.zeros(2, 2)}
    safetensors.torch.save_file(strange, tmp_path / "unnamed.safetensors")
    state = networks.build(job_examples.BACKBONE, 3, "random").module.state_dict()
    state["conv_stem.weight"].fill_(math.nan)
    torch.save(state, tmp_path / "broken.pth")
    folder = job_examples.prepared(tmp_path, init=str(tmp_path / init))
    assert job_process.run(folder) == 1
    assert sentence in error(folder)["message"]
    assert error(folder)["hint"]
