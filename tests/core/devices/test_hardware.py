import json
from dataclasses import replace

import pytest
import torch

from core import files
from core.devices import hardware
from core.jobs import job_process, job_spec
from core.models import networks, torch_inference
from core.profiling import hardware_probe, throughput
from core.settings import presets
from core.settings.config import Hardware
from core.training import ema
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process


def test_a_network_and_its_batches_meet_on_the_device_of_the_job():
    network = networks.build(job_examples.BACKBONE, 3, "random")
    hardware.place(network.module, Hardware(threads=1, device="meta"))
    device = hardware.of(network.module)
    assert device.type == "meta"
    pixels = torch_inference.normalise(
        torch.zeros(2, 32, 32, 3, dtype=torch.uint8).numpy(), network.preprocessing, device
    )
    assert networks.logits(network, pixels).shape == (2, 3)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_run_begun_on_a_gpu_goes_on_where_there_is_none_and_says_so(tmp_path):
    folder = job_examples.prepared(tmp_path, epochs=1)
    spec = job_spec.JobSpec.read(folder)
    replace(spec, hardware=Hardware(threads=1, device="cuda"), threads=1).write(folder)
    # What this machine is fast at is known already, so that nothing has to be probed.
    key = hardware_probe.key_of(spec.config, 1)
    (tmp_path / "cache").mkdir()
    measured = json.dumps({key: vars(job_examples.ONE_THREAD)}).encode()
    files.replace(tmp_path / "cache" / "hardware.json", measured)
    assert job_process.run(folder) == 0
    told = [event["text"] for event in job_spec.events(folder) if event["event"] == "message"]
    assert told == ["The GPU that this run began on is gone: it goes on without."]
    assert job_spec.JobSpec.read(folder).hardware == job_examples.ONE_THREAD


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_training_on_a_gpu_in_half_precision_leaves_weights_that_any_machine_reads(tmp_path):
    folder = job_examples.prepared(tmp_path, epochs=2)
    on_gpu = Hardware(threads=1, precision="bf16", device="cuda")
    replace(job_spec.JobSpec.read(folder), hardware=on_gpu).write(folder)
    assert job_process.run(folder) == 0
    classifier = torch_inference.load(folder / job_spec.CHECKPOINT, tmp_path)
    network = torch_inference.load_network(folder / job_spec.CHECKPOINT)
    assert hardware.of(network.module).type == "cpu"
    shares, _ = classifier.predict([job_examples.picture(3, 0)])
    assert shares.sum() == pytest.approx(1.0)
    kept = ema.cpu_state_dict(network.module.to("cuda"))
    assert {tensor.device.type for tensor in kept.values()} == {"cpu"}


def test_processes_on_one_machine_share_its_threads():
    four = Hardware(threads=4)
    assert [hardware.share(four, size).threads for size in (1, 2, 3, 8)] == [4, 2, 1, 1]


def test_who_only_looks_waits_for_no_measurement(tmp_path, monkeypatch):
    looking = presets.named("quick", backbone=job_examples.BACKBONE, image_size=32)
    monkeypatch.setattr(networks, "build", None)  # nothing is shown to any network
    chosen = hardware_probe.choose(looking, tmp_path, threads=3)
    assert (chosen.threads, chosen.forward_precision) == (3, "fp32")
    assert not list(tmp_path.iterdir())
    assert hardware_probe.known(looking.changed(epochs=1), tmp_path, threads=3) is None


def test_a_probe_does_what_the_job_will_do(tmp_path, monkeypatch):
    seen = set()

    def look(network, pixels):
        norms = [m for m in network.module.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        weight = network.module.conv_stem.weight
        in_order = weight.is_contiguous(memory_format=torch.channels_last)
        statistics = "learnt" if norms[0].training else "fixed"
        seen.add((statistics, in_order, torch.is_autocast_enabled("cpu")))
        assert torch.is_grad_enabled()
        return given(network, pixels)

    given = networks.logits
    monkeypatch.setattr(networks, "logits", look)
    ways = {(layout, half) for layout in (True, False) for half in (True, False)}

    def probed(init):
        seen.clear()
        wanted = presets.named("balanced", backbone=job_examples.BACKBONE, image_size=32, init=init)
        chosen = hardware_probe.choose(wanted, tmp_path, threads=1)
        assert min(chosen.train_rate or 0, chosen.forward_rate or 0) > 0
        return set(seen)

    assert probed("known.pth") == {("fixed", *way) for way in ways}
    # Nothing of it was known: BatchNorm costs more where it learns its statistics.
    assert probed("random") == {("learnt", *way) for way in ways}
    assert probed("random") == set()


def test_choices_in_words_of_another_edition_are_made_anew(tmp_path):
    wanted = presets.named("quick", backbone=job_examples.BACKBONE, image_size=32)
    broken = json.dumps({hardware_probe.key_of(wanted, 1): {"threads": 1, "colour": "blue"}})
    files.replace(tmp_path / "hardware.json", broken.encode())
    assert hardware_probe.known(wanted, tmp_path, threads=1) is None


def test_where_memory_is_short_probe_and_measured_steps_show_few_pictures_at_once(tmp_path):
    settings = presets.named(
        "balanced", backbone=job_examples.BACKBONE, init="random", image_size=32, tta_views=1
    )
    training_steps, shown = set(), set()

    def look(module, given):
        if isinstance(module, torch.nn.Conv2d):
            (training_steps if torch.is_grad_enabled() else shown).add(len(given[0]))

    hook = torch.nn.modules.module.register_module_forward_pre_hook(look)
    try:
        machine = hardware_probe.choose(settings, tmp_path / "cache", threads=1, at_once=3)
        # Building a network shows it one.
        assert (training_steps, shown) == ({1, 3}, {3})
        throughput.choose(settings, job_examples.samples(tmp_path), tmp_path, machine, at_once=3)
    finally:
        hook.remove()
    # Memory is not always as short.
    assert hardware_probe.known(settings, tmp_path / "cache", threads=1) is None
    assert throughput.known(settings, tmp_path / "cache", threads=1) is None
    assert training_steps == {1, 3}
