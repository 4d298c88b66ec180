"""What FiftyOne Brain makes of our embeddings, for people who open the FiftyOne App."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from core.errors import AppError
from dashboard.services.view import fiftyone_app as service
from storage.fiftyone_view import app, connect
from storage.fiftyone_view.mongod import Mongod
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace
from tests import factories
from tests.journeys import browser
from tests.storage.fiftyone_view import view_cases


def test_brain_describes_the_samples_by_our_embeddings(
    workspace: Workspace, view_server: Mongod
) -> None:
    ids = view_cases.fill(workspace)
    view = connect.open_view(workspace, view_server)
    angles = np.linspace(0, np.pi / 2, 120)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    for _ in range(2):  # The second time replaces the first.
        described = app.describe(view, ids, vectors, vectors)
        assert described == 120
    assert set(view.dataset.list_brain_runs()) >= {
        app.SIMILARITY,
        app.MAP,
        "uniqueness",
        "representativeness",
        "mistakenness",
    }
    for field in ("uniqueness", "representativeness"):
        values = view.dataset.values(field)
        assert all(0 <= value <= 1 for value in values)
    first = view.dataset.one({"sample_id": ids[0]})
    nearest = view.dataset.sort_by_similarity(first.id, k=4, brain_key=app.SIMILARITY)
    # On a quarter of a circle the nearest are the next ones.
    assert nearest.values("sample_id") == ids[:4]
    points = view.dataset.load_brain_results(app.MAP).points
    assert np.allclose(points, vectors, atol=1e-6)


def test_samples_that_the_view_does_not_have_and_too_few_of_them_are_passed_over(
    workspace: Workspace, view_server: Mongod
) -> None:
    ids = factories.fill(workspace, [("A", None)] * 60)
    view = connect.open_view(workspace, view_server)
    vectors = np.random.default_rng(0).normal(size=(62, 8)).astype(np.float32)
    strangers = [factories.sample_id(500), factories.sample_id(501)]
    assert app.describe(view, [*strangers, *ids], vectors, None) == 60
    assert app.describe(view, ids[:49], vectors[:49], None) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "clinic.example"])
def test_the_app_is_refused_where_others_could_reach_the_dashboard(host: str) -> None:
    with pytest.raises(AppError, match="has no login"):
        service.check(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_app_may_open_on_this_machine_alone(host: str) -> None:
    service.check(host)


def test_without_fiftyone_the_app_says_so(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "workspace")
    with pytest.raises(AppError, match="needs FiftyOne"):
        service.FiftyOneApp(workspace, SqliteView(workspace), 5151)
    workspace.close()


def test_the_app_answers_its_own_pages_and_no_other_site(
    workspace: Workspace, view_server: Mongod
) -> None:
    factories.fill(workspace, [("A", None)] * 3)
    view = connect.open_view(workspace, view_server)
    port = browser.free_port()
    app = service.FiftyOneApp(workspace, view, port)
    secret = workspace.folder / "secret.txt"
    secret.write_text("not for others")
    try:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        assert _patiently(lambda: client.get("/")).status_code == 200
        assert client.get(app.address).status_code == 200
        file = f"/media?filepath={secret}"
        assert client.get(file, headers={"Host": "evil.example"}).status_code == 403
        assert client.get(file, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        foreign = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
        assert client.post("/operators/execute", headers=foreign, content="{}").status_code == 403
    finally:
        app.close()
    with pytest.raises(AppError, match="has ended"):
        app.tick()


def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    for _ in range(240):
        try:
            return ask()
        except httpx.TransportError:
            time.sleep(0.5)
    return ask()
