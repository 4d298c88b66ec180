"""The protocol reproducer: two real runs of one recipe, dealt in two ways, compared."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner

from core.data import protocol as rules
from core.errors import AppError
from core.jobs.job_spec import JobSpec
from core.types import Run, RunStatus, Split
from dashboard.cli import app
from dashboard.services.curation import curation_effect
from dashboard.services.runs import protocol
from dashboard.services.runs.estimates import Estimates
from dashboard.services.runs.protocol import Pair
from dashboard.services.runs.trainer import Trainer
from dashboard.services.splits import split_versions
from storage.queries import similarity
from storage.runs import sample_predictions
from storage.samples import samples, splits
from storage.workspace.folder import Workspace
from tests import factories
from tests.core.jobs import job_examples
from tests.dashboard.ui import panels

pytestmark = pytest.mark.process

# Measles is three times as common as Cowpox; every patient has two photographs.
ROWS = [(("Measles", "Measles", "Measles", "Cowpox")[n // 2 % 4], f"p{n // 2}") for n in range(80)]


@dataclass(frozen=True)
class Reproduced:
    """A workspace in which the command has trained both runs, and what it printed."""

    workspace: Workspace
    trainer: Trainer
    told: dict[str, Any]

    @property
    def pair(self) -> Pair:
        found = protocol.newest(self.workspace)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reproduced]:
    folder = tmp_path_factory.mktemp("protocol") / "workspace"
    workspace = Workspace.open(folder)
    factories.fill(workspace, ROWS, pictures=True)
    network = f"--backbone {job_examples.BACKBONE} --init random"
    words = f"protocol {network} --epochs 1 --image-size 32 --json"
    said = CliRunner().invoke(app, [*words.split(), "--workspace", str(folder)])
    assert said.exit_code == 0, said.stderr
    yield Reproduced(workspace, Trainer(workspace, serving=False), json.loads(said.stdout))
    workspace.close()


def test_both_ways_have_one_recipe_and_only_the_published_one_leaks(
    reproduced: Reproduced,
) -> None:
    published, honest = reproduced.pair.both
    assert [run.status for run in (published, honest)] == [RunStatus.FINISHED] * 2
    assert (published.leaky, published.split_kind, published.active) == (True, "poster", False)
    assert (honest.leaky, honest.split_kind) == (False, "patient")
    assert published.config == honest.config
    with pytest.raises(AppError, match="leaking split"):
        reproduced.trainer.use(published)
    with pytest.raises(AppError, match="two runs that belong together"):
        reproduced.trainer.again(honest)


def test_the_command_counts_what_stands_on_both_sides(reproduced: Reproduced) -> None:
    told = reproduced.told
    # 60 and 20 photographs become 60 and 60 pictures: a fifth of 120 is tested on.
    assert told["published"]["test"]["images"] == told["published"]["shared"]["test"] == 24
    shared = told["published"]["shared"]
    assert 0 < shared["copied"] <= shared["patients"] <= 24
    assert (told["published"]["leaky"], told["honest"]["leaky"]) == (True, False)
    with reproduced.workspace.read() as session:
        everything = samples.everything(session)
    tested = [sample for sample in everything if sample.split is Split.TEST]
    assert told["honest"]["test"]["images"] == len(tested)
    assert told["honest"]["shared"] == {
        "test": len(tested),
        "photographs": len(tested),
        "copied": 0,
        "patients": 0,
    }
    gap = told["difference"]["accuracy"]["value"]
    published, honest = (
        told[name]["test"]["metrics"]["accuracy"]["value"] for name in ("published", "honest")
    )
    assert gap == pytest.approx(published - honest)
    assert told["poster"]["accuracy"] is None
    assert set(told["poster"]["rates"]) == {"Measles", "Cowpox"}


def test_nothing_of_the_data_set_is_changed(reproduced: Reproduced) -> None:
    workspace = reproduced.workspace
    with workspace.read() as session:
        everything = samples.everything(session)
        kept = [sample_predictions.read(session, run.id) for run in reproduced.pair.both]
    ids = {sample.id for sample in everything}
    assert len(ids) == len(ROWS)
    assert [{one.sample for one in rows} for rows in kept] == [ids, ids]
    assert len(list(workspace.media.glob("*/*"))) == len(ROWS)
    assert not [path for run in reproduced.pair.both for path in _pictures(workspace, run)]


def _pictures(workspace: Workspace, run: Run) -> list[str]:
    return [path.name for path in (workspace.runs / run.id).rglob("copies*")]


def test_copies_are_neither_neighbours_nor_what_curation_bought(reproduced: Reproduced) -> None:
    honest = reproduced.pair.honest
    assert honest.active
    spec = JobSpec.read(reproduced.workspace.runs / honest.id)
    assert any(sample.copy for sample in spec.samples)
    neighbours = similarity.Neighbours(reproduced.workspace)
    assert len(neighbours.ranked(spec.samples[0].id)) == len(ROWS)
    assert curation_effect.read(reproduced.workspace).compared is None


def test_comparing_counts_as_opening_test_of_both(reproduced: Reproduced) -> None:
    before = [run.test_opened for run in reproduced.pair.both]
    protocol.compare(reproduced.workspace, reproduced.pair)
    assert [run.test_opened for run in reproduced.pair.both] == [n + 1 for n in before]


def test_the_recipe_takes_the_network_of_the_newest_run_and_knows_its_speed(
    reproduced: Reproduced,
) -> None:
    workspace, honest = reproduced.workspace, reproduced.pair.honest
    settings, like = protocol.settings(workspace)
    assert like is not None
    assert (like.number, settings.backbone) == (honest.number, job_examples.BACKBONE)
    measured = Estimates(workspace, reproduced.trainer.threads)
    ten, twenty = (
        protocol.cost(measured, rules.settings(**{**honest.config, "epochs": epochs})).seconds
        for epochs in (10, 20)
    )
    # The speeds were measured by the runs; twice as many epochs take nearly twice as long.
    assert ten is not None
    assert twenty is not None
    assert ten < twenty < 2 * ten


def test_the_split_in_use_stays_as_it_is(workspace: Workspace) -> None:
    factories.fill(workspace, ROWS, pictures=True)
    split_versions.ensure(workspace, "patient")
    used = split_versions.ensure(workspace, "image")
    with workspace.read() as session:
        before = {one.id: one.split for one in samples.everything(session)}
    trainer = Trainer(workspace, serving=True)
    tiny = {"backbone": job_examples.BACKBONE, "init": "random", "epochs": 1, "image_size": 32}
    spec, new = trainer.prepared(rules.settings(**tiny))
    assert new.split_kind == "patient"
    assert {one.id: one.split for one in spec.samples} != before
    with workspace.read() as session:
        assert splits.current(session) == used
        assert {one.id: one.split for one in samples.everything(session)} == before


def test_two_runs_without_a_score_cannot_be_compared(workspace: Workspace) -> None:
    assert protocol.newest(workspace) is None
    with pytest.raises(AppError, match="Runs 7 and 8 have not both been measured"):
        protocol.compare(workspace, Pair(published=panels.run(), honest=panels.run(number=8)))
