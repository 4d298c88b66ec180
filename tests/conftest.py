import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from core.devices import openmp
from storage.fiftyone_view import mongod
from storage.fiftyone_view.mongod import Mongod
from storage.workspace.folder import Workspace

SHARED = Path(__file__).resolve().parents[2] / "shared"
SECOND_PART = "test_d"
"""The name with which the second part of the journeys begins."""
LAST_TURN = 4
MEANWHILE = ("core", "jobs")
"""Room of tests that take about as long as the demo of the journeys takes to be made."""


openmp.wait_briefly()
# How long an example takes says nothing about whether it holds.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


class ByFile(LoadFileScheduling):
    """Gives whole files to processes, and the journeys in two parts.

    The journeys of a part share a browser and a served demo; each part takes about as long.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if "/journeys/" not in file:
            return file
        return "journeys, first part" if Path(file).name < SECOND_PART else "journeys, second part"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks FiftyOne by its fixture or room, and as fast what nothing else marks.

    What takes long comes first, so that all processes end at about the same time.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "view_server" in fixtures or "fiftyone_view" in item.path.parts:
            item.add_marker("mongod")
        if item.get_closest_marker("journey"):
            # A browser, a server and a training share two cores with a second journey: what fails
            # is tried once more, and the summary says so (R).
            item.add_marker(pytest.mark.flaky(reruns=1))
        if not any(item.get_closest_marker(name) for name in ("process", "mongod", "journey")):
            item.add_marker("fast")
    turns: dict[Path, int] = {}
    for item in items:
        turns[item.path] = min(_turn(item), turns.get(item.path, LAST_TURN))
    items.sort(key=lambda item: turns[item.path])


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("journey"):
        return 0 if item.path.name < SECOND_PART else 2
    if item.path.parts[-1 - len(MEANWHILE) : -1] == MEANWHILE:
        return 1
    return LAST_TURN if item.get_closest_marker("fast") else 3


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        reason = f"the real photographs and weights are not on this machine (../shared/{name})"
        if os.environ.get("AI_MPOX_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture
def shared_data() -> Path:
    return _shared("data")


@pytest.fixture
def shared_weights() -> Path:
    return _shared("weights")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace.open(tmp_path / "workspace")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def view_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """One mongod for all tests that need a view; each workspace has a dataset of its own."""
    server = mongod.start(tmp_path_factory.mktemp("mongod") / "fiftyone")
    yield server
    server.stop()
