import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ViewUnavailable
from core.types import SampleQuery, Sort
from storage.fiftyone_view import connect, mongod
from storage.fiftyone_view.view import FiftyOneView
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace
from tests.storage.fiftyone_view import view_cases

ROOT = Path(__file__).resolve().parents[3]
QUERY = SampleQuery(sort=Sort.PATIENT, descending=True)


@pytest.fixture
def view(workspace: Workspace) -> Iterator[FiftyOneView]:
    """A view with a mongod of its own, which may be killed."""
    view_cases.fill(workspace)
    opened = connect.open_view(workspace)
    yield opened
    opened.close()


def kill_mongod(view: FiftyOneView) -> None:
    os.kill(view.server.process.pid, signal.SIGKILL)
    while view.server.alive():
        time.sleep(0.01)


def test_a_killed_mongod_is_started_again_and_nothing_is_lost(
    workspace: Workspace, view: FiftyOneView
) -> None:
    more = view_cases.add_more(workspace, 40)
    view.catch_up()
    kill_mongod(view)
    began = time.monotonic()
    assert view.page(QUERY, 0, 48) == SqliteView(workspace).page(QUERY, 0, 48)
    assert time.monotonic() - began < 10
    assert view.problem is None
    assert set(more) < set(view.ids(SampleQuery()))
    assert view_cases.differences(workspace, view) == set()


def test_when_mongod_cannot_come_back_sqlite_answers_within_three_seconds(
    workspace: Workspace,
    view: FiftyOneView,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(mongod.VARIABLE, str(tmp_path / "nowhere"))
    kill_mongod(view)
    for _ in range(2):
        began = time.monotonic()
        assert view.page(QUERY, 0, 48) == SqliteView(workspace).page(QUERY, 0, 48)
        assert view.ids(QUERY) == SqliteView(workspace).ids(QUERY)
        assert time.monotonic() - began < 3
        assert view.problem is not None
        assert view.problem.hint
    with pytest.raises(ViewUnavailable):
        view.catch_up()


def test_an_emptied_folder_is_filled_again_when_the_view_is_opened(workspace: Workspace) -> None:
    view_cases.fill(workspace)
    connect.open_view(workspace).close()
    shutil.rmtree(workspace.fiftyone)
    view = connect.open_view(workspace)
    assert view.projected == 120
    assert view_cases.differences(workspace, view) == set()
    assert view.ids(QUERY) == SqliteView(workspace).ids(QUERY)
    view.close()


def test_a_process_killed_while_it_projects_leaves_a_view_that_catches_up(
    workspace: Workspace,
) -> None:
    ids = [*view_cases.fill(workspace), *view_cases.add_more(workspace, 2500)]
    script = f"""
        from pathlib import Path
        from storage.database import revisions
        from storage.fiftyone_view import connect
        from storage.samples import samples
        from storage.workspace.folder import Workspace
        workspace = Workspace.open(Path({str(workspace.folder)!r}))
        view = connect.open_view(workspace)
        while True:
            with workspace.transaction() as session:
                ids = [it.id for it in samples.changed_since(session, 0, 10**6)]
                revisions.touch(session, ids)
            print("projecting", flush=True)
            view.catch_up()
    """
    rng = random.Random(0)
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"projecting\n"
        time.sleep(rng.uniform(0, 0.5))
        process.kill()
        process.wait()
        process.stdout.close()
    view = connect.open_view(workspace)
    assert view_cases.differences(workspace, view) == set()
    assert view.ids(SampleQuery()) == ids
    view.close()
