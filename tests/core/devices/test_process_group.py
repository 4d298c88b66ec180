"""Several devices and too little memory change how a step is computed, not what it learns."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch

from core.errors import AppError
from core.jobs import job_process, job_spec
from core.models import networks
from core.settings import presets
from tests.core.jobs import job_examples, killing

pytestmark = pytest.mark.process

TOLERANCE = 2e-5
"""The largest difference of a weight after an epoch; the weights are of the order of one."""


def one_epoch(weights: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.devices.one_epoch", str(weights), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def apart(first_file: Path, second_file: Path) -> float:
    """Return the largest difference of a weight."""
    first, second = (
        safetensors.torch.load_file(first_file),
        safetensors.torch.load_file(second_file),
    )
    return max(float((first[name] - second[name]).abs().max()) for name in first)


def test_two_processes_learn_in_an_epoch_what_one_learns(tmp_path: Path) -> None:
    alone, shared = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    one_epoch(alone)
    one_epoch(shared, "--devices", "2")
    assert 0 < apart(alone, shared) < TOLERANCE
    assert apart(alone, shared) < 0.01 * moved(alone)


def moved(trained: Path) -> float:
    """Return how far an epoch has moved the weight that it moved furthest."""
    torch.manual_seed(0)
    before = networks.build(job_examples.BACKBONE, 3, "random").module.state_dict()
    after = safetensors.torch.load_file(trained)
    return max(float((after[name] - before[name]).abs().max()) for name in after)


def test_where_memory_is_short_batches_go_in_parts_and_a_step_learns_the_same(
    tmp_path: Path,
) -> None:
    free, short = tmp_path / "free.safetensors", tmp_path / "short.safetensors"
    assert one_epoch(free, "--megabytes", "-1") == ""
    # Eighteen pictures of this size need more, two of them much less.
    told = one_epoch(short, "--megabytes", "240").splitlines()
    assert told[0] == (
        "Memory was too short for 18 pictures at once: from here they go through the network "
        "9 at a time. A step still learns from 18."
    )
    assert apart(free, short) < TOLERANCE


def helpers(of: int) -> list[int]:
    """Return the processes that one has started."""
    told = Path(f"/proc/{of}/task/{of}/children").read_text()
    return [int(pid) for pid in told.split()]


def test_a_job_on_two_devices_is_told_and_written_once(tmp_path: Path) -> None:
    weights = job_examples.weights_file(tmp_path / "start.safetensors")
    folder = job_examples.prepared(tmp_path, init=str(weights), devices=2, folds=2, epochs=2)
    process = killing.started(folder)
    assert process.wait() == 0
    assert job_examples.result(folder)["status"] == "finished"
    epochs = [event["epoch"] for event in job_spec.events(folder) if event["event"] == "epoch"]
    assert epochs == [0, 1, 2]
    meta = json.loads((folder / "checkpoint" / "meta.json").read_bytes())
    assert meta["about"]["hardware"]["devices"] == 2


@pytest.mark.parametrize("killed", ["first", "other"])
def test_when_one_of_two_processes_is_killed_the_other_ends_too(
    tmp_path: Path, killed: str
) -> None:
    folder = job_examples.prepared(tmp_path, devices=2, epochs=400, patience=400)
    process = killing.started(folder)
    deadline = time.monotonic() + 200
    killing.await_epoch(process, folder, 1)
    (helper,) = helpers(process.pid)
    os.kill(process.pid if killed == "first" else helper, signal.SIGKILL)
    assert process.wait() != 0
    while Path(f"/proc/{helper}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # It goes on from the last epoch, on the same devices; asked to stop, it keeps the best one.
    (folder / job_spec.STOP).touch()
    assert killing.started(folder).wait() == 0
    assert job_examples.result(folder)["status"] == "stopped"


def test_more_devices_than_the_machine_has_are_refused(tmp_path: Path) -> None:
    most = os.cpu_count() or 1
    folder = job_examples.prepared(tmp_path, devices=min(64, most + 1))
    assert job_process.run(folder) == 1
    told = json.loads((folder / job_spec.ERROR).read_text())
    assert told["message"].startswith(f"The run asks for {most + 1} devices, and this machine has")
    assert re.search(r"has \d+ (GPU|processor core)s?\.$", told["message"])


def test_a_number_of_devices_that_cannot_be_is_refused() -> None:
    with pytest.raises(AppError, match="devices must lie between 0 and 64"):
        presets.named("quick", devices=65)
