import subprocess
import sys

import pytest

from core.devices import preload
from core.jobs import job_spec
from core.profiling import throughput
from core.settings import presets
from core.settings.config import TrainConfig
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


def settings(**changes) -> TrainConfig:
    chosen = {"init": "random", "backbone": job_examples.BACKBONE, "image_size": 32, "tta_views": 1}
    return presets.named("balanced", **{**chosen, **changes})


def test_speeds_are_measured_once_and_then_kept(tmp_path):
    samples = job_examples.samples(tmp_path)
    measured = throughput.choose(settings(), samples, tmp_path, job_examples.ONE_THREAD)
    assert measured.train_rate and measured.train_rate > 0
    assert min(measured.forward_rate, measured.read_rate, measured.head_rate) > 0
    assert throughput.choose(settings(), samples, tmp_path, job_examples.ONE_THREAD) == measured
    assert throughput.known(settings(), tmp_path / "cache", threads=1) == measured


def test_other_settings_that_speed_hangs_on_are_not_known_yet(tmp_path):
    throughput.choose(settings(), job_examples.samples(tmp_path), tmp_path, job_examples.ONE_THREAD)
    cache = tmp_path / "cache"
    for changes in ({"frozen_stages": 2}, {"tta_views": 9}, {"image_size": 64}, {"batch_size": 8}):
        assert throughput.known(settings(**changes), cache, threads=1) is None
    assert throughput.known(settings(), cache, threads=2) is None
    assert throughput.known(settings(seed=3, epochs=7), cache, threads=1) is not None


def test_without_epochs_no_training_is_measured(tmp_path):
    weights = job_examples.weights_file(tmp_path / "weights.safetensors")
    head_only = presets.named(
        "quick", backbone=job_examples.BACKBONE, init=str(weights), image_size=32, tta_views=2
    )
    measured = throughput.choose(
        head_only, job_examples.samples(tmp_path), tmp_path, job_examples.ONE_THREAD
    )
    assert measured.train_rate is None


def test_broken_or_older_speeds_are_measured_anew(tmp_path):
    samples = job_examples.samples(tmp_path)
    throughput.choose(settings(), samples, tmp_path, job_examples.ONE_THREAD)
    (tmp_path / "cache" / "speeds.json").write_text('{"half')
    assert throughput.known(settings(), tmp_path / "cache", threads=1) is None
    assert (
        throughput.choose(settings(), samples, tmp_path, job_examples.ONE_THREAD).forward_rate > 0
    )


def test_missing_pictures_do_not_stop_a_measurement(tmp_path):
    samples = job_examples.samples(tmp_path)
    for sample in samples:
        (tmp_path / sample.path).unlink()
    assert (
        throughput.choose(settings(), samples, tmp_path, job_examples.ONE_THREAD).forward_rate > 0
    )


def test_a_job_says_before_it_starts_how_long_it_takes_and_measuring_changes_no_byte(tmp_path):
    first, second = (job_examples.done(tmp_path, name) for name in ("one", "two"))
    (started,) = (event for event in job_spec.events(first) if event["event"] == "started")
    assert 0 < started["estimate"]["seconds_per_epoch"] < started["estimate"]["seconds_at_most"]
    # The second one found the speeds measured.
    assert job_examples.bytes_of(first) == job_examples.bytes_of(second)


def test_loading_the_libraries_is_part_of_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(preload, "load", lambda: 100.0)
    measured = throughput.choose(
        settings(), job_examples.samples(tmp_path), tmp_path, job_examples.ONE_THREAD
    )
    assert measured.start_seconds > 100


def test_a_process_loads_the_libraries_once_and_keeps_in_mind_how_long_that_took():
    program = (
        "import sys; from core.devices import preload; "
        "print(preload.load() == preload.load() > 0, 'timm' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    completed = subprocess.run(command, check=True, capture_output=True, text=True)
    assert completed.stdout.split() == ["True", "True"]
