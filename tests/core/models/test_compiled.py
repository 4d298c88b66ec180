"""The compiled network says what torch says, and says nothing to anybody else."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.models import compiled, inference, networks
from core.models.inference import InferenceConfig
from tests.core.jobs import job_examples

pytestmark = pytest.mark.process

HOW = InferenceConfig(size=32, views=("whole",), precision="fp32", layout="channels_last")


def network() -> networks.Network:
    torch.manual_seed(3)
    return networks.build(job_examples.BACKBONE, 4, "random", taps=2)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


def test_it_embeds_as_torch_does_and_alike_in_every_batch() -> None:
    built = network()
    embed = compiled.compiled(built, 32)
    assert embed is not None
    expected = inference.embedder(built, HOW, views=1)(images(9))
    together = embed(images(9))
    assert together.shape == expected.shape
    np.testing.assert_allclose(together, expected, atol=1e-3 * np.abs(expected).max())
    np.testing.assert_array_equal(embed(images(9)[4:5])[0], together[4])


def test_later_weights_are_compiled_anew() -> None:
    built = network()
    before = compiled.compiled(built, 32)
    with torch.no_grad():
        for weight in built.module.parameters():
            weight.mul_(1.5)
    after = compiled.compiled(built, 32)
    assert before is not None and after is not None
    expected = inference.embedder(built, HOW, views=1)(images(3))
    np.testing.assert_allclose(after(images(3)), expected, atol=1e-3 * np.abs(expected).max())
    assert np.abs(before(images(3)) - expected).max() > 1e-3 * np.abs(expected).max()


def test_a_graph_that_says_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    other = network()
    with torch.no_grad():
        next(other.module.parameters()).mul_(2)
    graph = compiled._graph
    monkeypatch.setattr(
        compiled,
        "_graph",
        lambda library, layer, example: graph(library, compiled._FromPixels(other).eval(), example),
    )
    assert compiled.compiled(network(), 32) is None


def test_torch_computes_where_nothing_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    built = network()
    monkeypatch.setattr(compiled, "_openvino", lambda: None)
    assert compiled.compiled(built, 32) is None
    embed = inference.embedder(built, HOW, views=10**9)
    np.testing.assert_array_equal(
        embed(images(2)), inference.embedder(built, HOW, views=1)(images(2))
    )


def test_the_library_reports_nothing_to_its_makers() -> None:
    """Its package for telemetry, installed with it, is never loaded."""
    program = (
        "import sys; from core.models import compiled; assert compiled._openvino();"
        "print(sum(name.startswith('openvino_telemetry.') for name in sys.modules),"
        " sys.modules['openvino_telemetry'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["0", "None"]


def test_signals_are_taken_after_compiled_networks_are_gone() -> None:
    """The library puts a stack for signals below this thread: it has to stay."""
    program = """
import gc, signal, threading
import torch
from core.devices import hardware
from core.models import compiled, networks
from core.settings.config import Hardware

hardware.apply(Hardware(threads=1))
made = [compiled.compiled(networks.build("test_efficientnet", 2, "random"), 32)]
assert made[0] is not None
drop = threading.Thread(target=lambda: (made.clear(), gc.collect()))
drop.start()
drop.join()
taken = []
signal.signal(signal.SIGALRM, lambda *_: taken.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01)
while not taken:
    sum(range(1000))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("views", "size", "is_compiled"),
    [(500, 224, True), (499, 224, False), (500, 32, False), (30_000, 32, True)],
)
def test_few_or_small_images_are_not_worth_compiling(
    views: int, size: int, is_compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(compiled, "compiled", lambda *given: made.append(given))
    inference.embedder(network(), replace(HOW, size=size), views)
    assert bool(made) is is_compiled
