"""Pausing a job leaves nothing behind but its last epoch; what it cost adds up over processes."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.devices.resource_usage import Meter
from core.jobs import job_process, job_spec, training_job
from core.jobs.job_spec import JobSpec
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


def paused_after_an_epoch(folder: Path) -> None:
    """Run the job in a process of its own and pause it once it has finished an epoch."""
    child = subprocess.Popen([sys.executable, "-m", "core.jobs", str(folder)])
    deadline = time.monotonic() + 200
    while not any(event["event"] == "epoch" for event in job_spec.events(folder)):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (folder / job_spec.PAUSE).touch()
    assert child.wait(200) == 0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return an undisturbed run, and one of the same job that was paused and resumed."""
    root = tmp_path_factory.mktemp("paused")
    settings = {"epochs": 12, "patience": 12}
    calm = job_examples.done(root, "calm", **settings)
    moved = job_examples.prepared(root, "moved", **settings)
    paused_after_an_epoch(moved)
    assert not (moved / job_spec.RESULT).exists()
    assert not (moved / job_spec.CHECKPOINT).exists()
    (moved / job_spec.PAUSE).unlink()
    assert job_process.run(moved) == 0
    return calm, moved


def test_a_paused_and_resumed_run_ends_with_the_bytes_of_an_undisturbed_one(
    both: tuple[Path, Path],
) -> None:
    calm, moved = both
    assert job_examples.bytes_of(calm) == job_examples.bytes_of(moved)
    messages = [event["text"] for event in job_spec.events(moved) if event["event"] == "message"]
    assert [text.partition(" epoch")[0] for text in messages] == ["Resumed after"]


def test_what_a_run_cost_counts_both_of_its_processes(both: tuple[Path, Path]) -> None:
    calm, moved = (job_examples.result(folder) for folder in both)
    assert (calm["starts"], moved["starts"]) == (1, 2)
    told = sum(event["seconds"] for event in job_spec.events(both[1]) if event["event"] == "epoch")
    assert moved["seconds"] >= told
    assert moved["cpu_seconds"] > 0
    assert moved["gpu_seconds"] == 0


def test_stopping_counts_more_than_pausing(tmp_path: Path) -> None:
    folder = job_examples.prepared(tmp_path)
    for name in (job_spec.STOP, job_spec.PAUSE):
        (folder / name).touch()
    assert job_process.run(folder) == 0
    assert job_examples.result(folder)["status"] == "stopped"


def test_a_job_can_be_paused_while_it_only_looks_at_pictures(tmp_path: Path) -> None:
    weights = job_examples.weights_file(tmp_path / "w.safetensors")
    folder = job_examples.prepared(tmp_path, init=str(weights), epochs=0)
    (folder / job_spec.PAUSE).touch()
    assert job_process.run(folder) == 0
    assert not (folder / job_spec.RESULT).exists()
    (folder / job_spec.PAUSE).unlink()
    assert job_process.run(folder) == 0
    assert job_examples.result(folder)["status"] == "finished"


def test_the_folds_of_a_paused_cross_validation_are_the_undisturbed_ones(tmp_path: Path) -> None:
    calm = job_examples.done(tmp_path, "calm", epochs=1, folds=3)
    moved = job_examples.prepared(tmp_path, "moved", epochs=1, folds=3)
    child = subprocess.Popen([sys.executable, "-m", "core.jobs", str(moved)])
    deadline = time.monotonic() + 200
    while not any(event["event"] == "message" for event in job_spec.events(moved)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (moved / job_spec.PAUSE).touch()
    assert child.wait(200) == 0
    (moved / job_spec.PAUSE).unlink()
    assert job_process.run(moved) == 0
    assert (calm / "folds.npz").read_bytes() == (moved / "folds.npz").read_bytes()


def test_a_checkpoint_names_machine_packages_data_seed_and_cost(both: tuple[Path, Path]) -> None:
    meta = job_examples.about(both[1])
    about = meta["about"]
    assert about["config"]["seed"] == 0
    assert about["images"] == {"train": 18, "validation": 6, "test": 6, "withheld": 0}
    assert about["hardware"]["threads"] == 1
    assert {"processor", "cores", "system", "precision", "layout"} <= set(about["hardware"])
    assert {"python", "torch", "torchvision", "timm", "numpy"} <= set(about["versions"])
    assert set(about["cost"]) == {"seconds", "cpu_seconds", "gpu_seconds", "starts"}
    assert meta["fingerprint"] == job_examples.spec(both[1].parent.parent, epochs=12).fingerprint()


def test_accelerators_are_counted_by_the_clock(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "last")
    meter.gpus = 2
    meter.keep()
    later = Meter(tmp_path / "last")
    later.gpus = 2
    first = later.total()
    assert first.starts == 2
    assert first.gpu_seconds == pytest.approx(2 * first.seconds, abs=0.01)


def test_a_broken_tally_counts_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "cost.json").write_text("{half")
    assert Meter(tmp_path).total().starts == 1


def test_a_pause_that_comes_when_all_is_done_is_no_stop(tmp_path: Path) -> None:
    folder = job_examples.prepared(tmp_path, epochs=1)

    def log(event: str, **values: object) -> None:
        late = values.get("stage") == "Predicting all pictures"
        if late and values["done"] == values["total"]:
            (folder / job_spec.PAUSE).touch()

    told = training_job.run(
        JobSpec.read(folder), folder, job_examples.ONE_THREAD, log, Meter(folder / job_spec.LAST)
    )
    assert (folder / job_spec.PAUSE).exists()
    assert told["status"] == "finished"


def test_a_second_process_on_a_folder_leaves_what_the_first_one_wrote_alone(
    tmp_path: Path,
) -> None:
    folder = job_examples.prepared(tmp_path)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert job_process.run(folder) == 1
        assert not (folder / job_spec.ERROR).exists()
        (folder / job_spec.ERROR).write_text("of the first")
        assert job_process.run(folder) == 1
    assert (folder / job_spec.ERROR).read_text() == "of the first"
