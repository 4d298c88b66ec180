"""Who is answered, what is shown to the outside, and what a page may load."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.runtime.context import AppContext
from tests import factories

HOME = "http://127.0.0.1:7860"


@pytest.fixture
def client(served: tuple[AppContext, FastAPI]) -> TestClient:
    return TestClient(served[1], base_url=HOME, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/healthz", "/config"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", ""])
def test_a_foreign_name_is_refused_everywhere(client: TestClient, path: str, host: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 403
    assert client.get(path).status_code == 200


def test_a_foreign_page_can_neither_upload_nor_call(client: TestClient) -> None:
    foreign = {"Origin": "http://evil.example"}
    sent = {"files": ("x.png", b"data", "image/png")}
    for origin in (foreign, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9999"}):
        refused = client.post("/gradio_api/upload", files=sent, headers=origin)
        assert refused.status_code == 403
    assert client.post("/gradio_api/queue/join", json={}, headers=foreign).status_code == 403
    assert client.post("/gradio_api/upload", files=sent, headers={"Origin": HOME}).is_success
    read = client.get("/config", headers={"Sec-Fetch-Site": "cross-site"})
    assert read.status_code == 403


def test_a_photograph_is_served_by_its_id_alone(client: TestClient) -> None:
    sample = factories.sample_id(1)
    found = client.get(f"/thumb/{sample}.webp")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/webp")
    assert client.get(f"/media/{sample}").headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "path",
    [
        "/thumb/../ai-mpox.sqlite",
        "/thumb/..%2f..%2fai-mpox.sqlite",
        "/thumb/%2e%2e%2fai-mpox.sqlite.webp",
        "/thumb/0000000000000000.webp",
        "/thumb/ffff.webp",
        "/media/..%2fai-mpox.sqlite",
        "/media//etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=ai-mpox.sqlite",
        "/ui/x/../../dashboard/app.py",
    ],
)
def test_no_other_file_is_served_and_no_folder_is_named(
    served: tuple[AppContext, FastAPI], client: TestClient, path: str
) -> None:
    answer = client.get(path)
    if answer.headers["content-type"].startswith("text/html"):
        # Gradio answers unknown pages with its own: the same one as at the address itself.
        assert len(answer.text) == len(client.get("/").text)
    else:
        assert answer.status_code in (403, 404)
    assert "SQLite format 3" not in answer.text
    assert "root:" not in answer.text
    assert str(served[0].settings.workspace) not in answer.text


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    for path in ("/", "/healthz", "/thumb/nothing"):
        headers = client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/").text
    outside = {
        url
        for url in re.findall(r"""(?:src|href)=["'](https?://[^"']+)""", page)
        if not url.startswith(HOME)
    }
    assert outside == set()


def test_nothing_can_be_called_from_outside_the_page(client: TestClient) -> None:
    told = client.get("/gradio_api/info").json()
    assert told["named_endpoints"] == {}
    assert told["unnamed_endpoints"] == {}
    assert client.get("/docs").status_code == 404 or "swagger" not in client.get("/docs").text
