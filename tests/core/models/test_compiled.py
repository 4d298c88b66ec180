"""The compiled network says what torch says, and says nothing to anybody else."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core import files
from core.models import compiled, network_stages, networks, torch_inference, tracing
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
    embed = tracing.compile_network(built, 32)
    assert embed is not None
    expected = torch_inference.embedder(built, HOW, views=1)(images(9))
    together = embed(images(9))
    assert together.shape == expected.shape
    np.testing.assert_allclose(together, expected, atol=1e-3 * np.abs(expected).max())
    np.testing.assert_array_equal(embed(images(9)[4:5])[0], together[4])


def test_later_weights_are_compiled_anew() -> None:
    built = network()
    before = tracing.compile_network(built, 32)
    with torch.no_grad():
        for weight in built.module.parameters():
            weight.mul_(1.5)
    after = tracing.compile_network(built, 32)
    assert before is not None and after is not None
    expected = torch_inference.embedder(built, HOW, views=1)(images(3))
    np.testing.assert_allclose(after(images(3)), expected, atol=1e-3 * np.abs(expected).max())
    assert np.abs(before(images(3)) - expected).max() > 1e-3 * np.abs(expected).max()


def test_a_graph_that_says_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    other = network()
    with torch.no_grad():
        next(other.module.parameters()).mul_(2)
    graph = tracing._graph
    monkeypatch.setattr(
        tracing,
        "_graph",
        lambda layer, example: graph(tracing.FromPixels(other).eval(), example),
    )
    assert tracing.compile_network(network(), 32) is None


def test_torch_computes_where_nothing_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    built = network()
    monkeypatch.setattr(compiled, "openvino", lambda: None)
    assert tracing.compile_network(built, 32) is None
    embed = torch_inference.embedder(built, HOW, views=10**9)
    np.testing.assert_array_equal(
        embed(images(2)), torch_inference.embedder(built, HOW, views=1)(images(2))
    )


def test_the_library_reports_nothing_to_its_makers() -> None:
    """Its package for telemetry, installed with it, is never loaded."""
    program = (
        "import sys; from core.models import compiled; assert compiled.openvino();"
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
from core.models import networks, tracing
from core.settings.config import Hardware

hardware.apply(Hardware(threads=1))
made = [tracing.compile_network(networks.build("test_efficientnet", 2, "random"), 32)]
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
    monkeypatch.setattr(tracing, "compile_network", lambda *given: made.append(given))
    torch_inference.embedder(network(), replace(HOW, size=size), views)
    assert bool(made) is is_compiled


def test_a_kept_network_is_read_instead_of_traced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = network()
    before = tracing.compile_network(built, 32, cache=tmp_path)
    monkeypatch.setattr(tracing, "_graph", lambda *given: pytest.fail("traced again"))
    after = tracing.compile_network(built, 32, cache=tmp_path)
    assert before is not None and after is not None
    np.testing.assert_array_equal(before(images(9)), after(images(9)))


def test_another_classifier_changes_nothing_and_other_weights_all(tmp_path: Path) -> None:
    built = network()
    tracing.keep(built, 32, "fp32", tmp_path)
    with torch.no_grad():
        network_stages.classifier(built.module).weight.mul_(3)
    assert compiled.read(tmp_path, tracing._recipe(built, 32, "fp32", tmp_path)) is not None
    assert compiled.read(tmp_path, tracing._recipe(built, 48, "fp32", tmp_path)) is None
    with torch.no_grad():
        next(built.module.parameters()).mul_(1.01)
    assert compiled.read(tmp_path, tracing._recipe(built, 32, "fp32", tmp_path)) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "expected", "empty"])
def test_a_damaged_file_is_passed_over(tmp_path: Path, damage: str) -> None:
    built = network()
    recipe = tracing._recipe(built, 32, "fp32", tmp_path)
    tracing.keep(built, 32, "fp32", tmp_path)
    path = tmp_path / "compiled" / recipe.name
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    path.write_bytes({"cut": content[:-1000], "empty": b""}.get(damage, content))
    if damage == "expected":
        kept = files.read_arrays(path, ("network", "expected"))
        assert kept is not None
        files.replace_arrays(path, {**kept, "expected": kept["expected"] * 1.1})
    assert compiled.read(tmp_path, recipe) is None


def test_the_network_used_longest_ago_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_MOST_KEPT", 2)
    built = network()
    recipes = [tracing._recipe(built, size, "fp32", tmp_path) for size in (32, 48, 64)]
    for ago, recipe in zip((30, 20), recipes, strict=False):
        tracing.keep(built, recipe.size, "fp32", tmp_path)
        past = time.time() - ago
        os.utime(tmp_path / "compiled" / recipe.name, (past, past))
    assert compiled.read(tmp_path, recipes[0]) is not None  # used now
    tracing.keep(built, 64, "fp32", tmp_path)
    assert [compiled.is_kept(tmp_path, recipe) for recipe in recipes] == [True, False, True]


def test_what_a_read_only_cache_keeps_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    built = network()
    tracing.keep(built, 32, "fp32", tmp_path)
    monkeypatch.setattr(compiled.os, "utime", refused)
    assert compiled.read(tmp_path, tracing._recipe(built, 32, "fp32", tmp_path)) is not None


def test_a_read_only_cache_costs_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "replace_arrays", full)
    assert tracing.compile_network(network(), 32, cache=tmp_path) is not None


@pytest.mark.parametrize("order", [(0, 2), (2, 0)])
def test_the_same_weights_with_other_blocks_pooled_are_another_network(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """The blocks that are pooled beside the last layer leave no trace in the weights."""
    for taps in order:
        torch.manual_seed(3)
        built = networks.build(job_examples.BACKBONE, 4, "random", taps=taps)
        expected = torch_inference.embedder(built, HOW, views=1)(images(3))
        embed = tracing.compile_network(built, 32, cache=tmp_path)
        assert embed is not None
        np.testing.assert_allclose(embed(images(3)), expected, atol=1e-3 * np.abs(expected).max())


def test_a_network_that_the_library_cannot_read_is_left_to_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unknown(Exception):
        """As the library's own, which are of no common kind."""

    def refuse(*given: object) -> None:
        raise Unknown

    monkeypatch.setattr(tracing, "_graph", refuse)
    assert tracing.compile_network(network(), 32, cache=tmp_path) is None
    tracing.keep(network(), 32, "fp32", tmp_path)
    assert not list(tmp_path.rglob("*.npz"))
