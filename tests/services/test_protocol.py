"""The protocol reproducer: two real runs of one recipe, dealt in two ways, compared."""

from pathlib import Path

import pytest

from core import protocol as rules
from core.errors import AppError
from core.job import JobSpec
from core.types import RunStatus, Split
from dashboard.services import gains, protocol
from dashboard.services.training import Trainer
from storage import runs, samples, similarity
from storage.workspace import Workspace
from tests import factories

# Measles is three times as common as Cowpox; every patient has two photographs.
ROWS = [(("Measles", "Measles", "Measles", "Cowpox")[n // 2 % 4], f"p{n // 2}") for n in range(80)]


@pytest.fixture
def reproduced(workspace: Workspace) -> tuple[Workspace, Trainer, protocol.Pair]:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    small = rules.settings(
        backbone="test_efficientnet", init="random", image_size=32, epochs=1, batch_size=8
    )
    pair = protocol.start(workspace, trainer, small)
    for run in pair.both:
        trainer.wait(run, lambda event: None)
    found = protocol.newest(workspace)
    assert found is not None
    assert [run.status for run in found.both] == [RunStatus.FINISHED] * 2
    return workspace, trainer, found


def test_both_ways_are_trained_compared_and_change_nothing_in_the_data_set(
    reproduced: tuple[Workspace, Trainer, protocol.Pair],
) -> None:
    workspace, trainer, pair = reproduced
    published, honest = pair.both
    assert (published.leaky, published.split_kind, published.active) == (True, "poster", False)
    assert (honest.leaky, honest.split_kind) == (False, "patient")
    assert published.config == honest.config
    # 60 and 20 photographs become 60 and 60 pictures: a fifth of 120 is tested on.
    found = protocol.compare(workspace, pair)
    assert found.published.test.images == found.published.shared.test == 24
    assert found.published.shared.copied > 0
    assert found.published.shared.patients >= found.published.shared.copied
    with workspace.read() as session:
        everything = samples.everything(session)
        kept = runs.predictions(session, published.id)
    tested = [sample for sample in everything if sample.split is Split.TEST]
    assert found.honest.test.images == found.honest.shared.test == len(tested)
    assert (found.honest.shared.copied, found.honest.shared.patients) == (0, 0)
    assert len(everything) == len({one.sample for one in kept}) == len(ROWS)
    assert list((workspace.media).glob("*/*-1*")) == []
    assert found.printed is not None
    assert found.printed.accuracy is None
    gap = found.gap["accuracy"]
    assert gap.value == pytest.approx(
        found.published.test.accuracy.value - found.honest.test.accuracy.value
    )
    with pytest.raises(AppError, match="leaking split"):
        trainer.use(published)


def test_comparing_counts_as_opening_test_of_both(
    reproduced: tuple[Workspace, Trainer, protocol.Pair],
) -> None:
    workspace, trainer, pair = reproduced
    assert [run.test_opened for run in pair.both] == [0, 0]
    protocol.compare(workspace, pair)
    assert [trainer.get(run.id).test_opened for run in pair.both] == [1, 1]


def test_copies_are_neither_neighbours_nor_what_curation_bought(
    reproduced: tuple[Workspace, Trainer, protocol.Pair],
) -> None:
    workspace, trainer, pair = reproduced
    spec = JobSpec.read(workspace.runs / pair.honest.id)
    assert any(sample.copy for sample in spec.samples)
    trainer.use(pair.honest)
    first = spec.samples[0].id
    assert len(similarity.Neighbours(workspace).ranked(first)) == len(ROWS)
    assert gains.read(workspace).compared is None


def test_the_recipe_takes_the_network_of_the_newest_run_and_knows_its_speed(
    reproduced: tuple[Workspace, Trainer, protocol.Pair],
) -> None:
    workspace, _, pair = reproduced
    settings, like = protocol.settings(workspace)
    assert like is not None
    assert (like.number, settings.backbone) == (pair.honest.number, "test_efficientnet")
    small = rules.settings(**{**settings.to_dict(), "image_size": 32, "epochs": 10})
    seconds = protocol.expected_seconds(workspace, small)
    rate = pair.honest.images_per_second
    # 64 % of 2 x 60 pictures, ten times, twice.
    assert rate
    assert seconds == pytest.approx(2 * 0.64 * 120 * 10 / rate)
    assert protocol.expected_seconds(workspace, settings) is None


def test_nothing_to_compare_is_said_in_words(workspace: Workspace, tmp_path: Path) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    trainer = Trainer(workspace, serving=False)
    assert protocol.newest(workspace) is None
    weights = tmp_path / "broken.safetensors"
    weights.write_bytes(b"no weights")
    pair = protocol.start(workspace, trainer, rules.settings(init=str(weights), image_size=32))
    for run in pair.both:
        trainer.wait(run, lambda event: None)
    found = protocol.newest(workspace)
    assert found is not None
    with pytest.raises(AppError, match="have not both been measured"):
        protocol.compare(workspace, found)
