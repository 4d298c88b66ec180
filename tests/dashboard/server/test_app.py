"""The composed page: what Gradio must be able to read, and what follows what."""

import asyncio
import inspect
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import gradio as gr
import pytest
from fastapi import FastAPI
from gradio.blocks import BlockContext, BlockFunction
from gradio.routes import BUILD_PATH_LIB
from gradio.state_holder import SessionState
from gradio.utils import get_type_hints
from starlette.testclient import TestClient

from core.errors import AppError
from dashboard.runtime.assets import BOOT, FOLDER, STYLES
from dashboard.runtime.context import AppContext, Settings
from dashboard.server import app, routes
from dashboard.ui.shared import events
from dashboard.ui.shared.sample_grid.component import SampleGrid
from storage.database import revisions

PRESSES = {"click", "submit", "expand", "stop", "tick", "load"}
"""Events of which the second means what the first one does."""


@pytest.fixture(scope="module")
def page(served: tuple[AppContext, FastAPI]) -> gr.Blocks:
    return app.blocks(served[0])


def unreachable(page: gr.Blocks) -> list[str]:
    """Return the listeners that follow by `then` one that may refuse what is asked of it."""
    return [
        str(listener)
        for listener in page.fns.values()
        if listener.trigger_after is not None
        and not (listener.trigger_only_on_success or listener.trigger_only_on_failure)
        and getattr(page.fns[listener.trigger_after].fn, "may_refuse", False)
    ]


def test_gradio_can_read_what_every_handler_takes(page: gr.Blocks) -> None:
    # An annotation that cannot be read makes Gradio drop the event's data without a word.
    handlers = [one.fn for one in page.fns.values() if one.fn is not None]
    assert len(handlers) > 10
    for handler in handlers:
        assert isinstance(get_type_hints(handler), dict)


def test_nothing_that_must_happen_waits_for_what_may_be_refused(page: gr.Blocks) -> None:
    assert unreachable(page) == []


def test_a_second_choice_is_heard_while_the_first_is_answered(page: gr.Blocks) -> None:
    tabs = {number for number, block in page.blocks.items() if isinstance(block, gr.Tab)}
    choices = [
        listener
        for listener in page.fns.values()
        for target, event in listener.targets
        if event == "select" and target not in tabs
    ]
    assert len(choices) > 5
    assert {listener.trigger_mode for listener in choices} == {"multiple"}


def unheard(page: gr.Blocks) -> list[str]:
    """Return the listeners that miss a value which comes while they answer an earlier one."""
    return [
        str(listener)
        for listener in page.fns.values()
        if listener.fn is not None
        and listener.trigger_mode == "once"
        and not _is_a_press(page, listener)
    ]


def _is_a_press(page: gr.Blocks, listener: BlockFunction) -> bool:
    if listener.trigger_after is None:
        return any(event in PRESSES for _, event in listener.targets)
    before = page.fns[listener.trigger_after]
    return before.trigger_mode == "once" and _is_a_press(page, before)


def test_what_follows_a_value_follows_the_last_one(page: gr.Blocks) -> None:
    assert unheard(page) == []


def test_a_listener_that_misses_a_value_is_found() -> None:
    with gr.Blocks() as planted:
        key, shown = gr.State(), gr.Textbox()
        drawn = key.change(str, key, shown)
        drawn.success(str, key, shown)  # not called again while it answers
        drawn.success(str, key, shown, **events.LAST)
        shown.input(str, shown, key)
        gr.Button().click(str, key, shown).success(str, key, shown)
    assert len(unheard(planted)) == 2


def overwritten(page: gr.Blocks) -> list[str]:
    """Return the listeners to an entry that write the control in which it was made."""
    writing = [
        listener.fn
        for listener in page.fns.values()
        for target, event in listener.targets
        if event == "input" and page.blocks[target] in listener.outputs
    ]
    return list(dict.fromkeys(getattr(fn, "__qualname__", str(fn)) for fn in writing))


def unread(page: gr.Blocks) -> list[str]:
    """Return the listeners that miss what is pasted into a text box or deleted from it."""
    return [
        str(listener)
        for listener in page.fns.values()
        for target, event in listener.targets
        if event == "input" and isinstance(page.blocks[target], gr.Textbox)
    ]


def test_no_answer_takes_back_what_has_been_entered_since(page: gr.Blocks) -> None:
    assert set(overwritten(page)) == {
        # They show and hide fields, and write no value of the one in which something was entered.
        "RunsPanel.show",
        "SearchPanel.show",
        "TrainingForm.review",
        # It puts the split back that is shown until test may be opened.
        "EvaluateTab.choose_split",
    }


def test_what_is_pasted_is_entered_like_what_is_typed(page: gr.Blocks) -> None:
    assert unread(page) == []


def test_listeners_that_lose_what_is_entered_are_found() -> None:
    with gr.Blocks() as planted:
        choice, text = gr.Radio(["a", "b"]), gr.Textbox()
        choice.input(str, choice, [text, choice], **events.LAST)
        text.input(str, text, choice, **events.LAST)
        events.entered(text)(str, text, choice, **events.LAST)
        events.entered(choice)(str, choice, text, **events.LAST)
    assert (len(overwritten(planted)), len(unread(planted))) == (1, 1)


def test_a_component_that_is_mounted_again_needs_no_property_that_gradio_forgets(
    page: gr.Blocks,
) -> None:
    # What never changes goes with the script (`Assets.mount`); a revision is sent with each update.
    own = [block for block in page.blocks.values() if isinstance(block, gr.HTML)]
    assert len(own) > 5
    assert {name for block in own for name in block.props} <= {"revision"}


def test_what_the_browser_is_told_of_the_page_is_plain_data(page: gr.Blocks) -> None:
    # A component's configuration has what its constructor takes, read from attributes. A name that
    # is quoted in its script and is no attribute is an event for Gradio: a function with the whole
    # page behind it, which was copied for every visitor.
    own = [block for block in page.blocks.values() if isinstance(block, gr.HTML)]
    assert len(own) > 5
    for block in own:
        json.dumps(block.get_config())


def test_no_group_is_hidden_by_a_word_that_gradio_draws_all_the_same(page: gr.Blocks) -> None:
    # A component can be there unseen (`visible="hidden"`); a column with that word is seen.
    groups = [block for block in page.blocks.values() if isinstance(block, BlockContext)]
    assert len(groups) > 50
    assert [block.elem_id for block in groups if block.visible == "hidden"] == []


def test_what_follows_a_refusal_by_then_is_found() -> None:
    with gr.Blocks() as planted:
        button = gr.Button()
        button.click(events.shown(lambda: None)).then(lambda: None)
        button.click(events.shown(lambda: None)).success(lambda: None)
    assert len(unreachable(planted)) == 1


def test_a_port_in_use_is_one_sentence_and_opens_no_workspace(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AppError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            app.serve(Settings(workspace=tmp_path / "workspace", port=port))
    assert not (tmp_path / "workspace").exists()


@pytest.fixture
def client(served: tuple[AppContext, FastAPI]) -> TestClient:
    return TestClient(served[1], base_url="http://127.0.0.1:7860")


def test_the_page_names_its_own_files_around_gradio_s_script(
    served: tuple[AppContext, FastAPI], client: TestClient
) -> None:
    answer = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert int(answer.headers["content-length"]) == len(answer.content)
    page, assets = answer.text, served[0].assets
    places = [
        page.index(part)
        for part in (assets.first, "window.gradio_config =", "/assets/index-", assets.modules)
    ]
    assert places == sorted(places)
    assert page.count(assets.url(BOOT)) == 1


def test_every_style_sheet_is_in_the_one_that_is_sent(
    served: tuple[AppContext, FastAPI], client: TestClient
) -> None:
    sent = client.get(served[0].assets.url(STYLES))
    assert sent.headers["content-type"] == "text/css; charset=utf-8"
    sheets = list(FOLDER.rglob("*.css"))
    assert len(sheets) > 8
    assert len(sent.content) == sum(sheet.stat().st_size for sheet in sheets)
    assert all(sheet.read_text() in sent.text for sheet in sheets)


def test_gradio_s_own_files_are_sent_as_they_are_and_kept_by_the_browser(
    client: TestClient,
) -> None:
    page = client.get("/").text
    (entry,) = re.findall(r'<script type="module" crossorigin src="\./(assets/[^"]+)"', page)
    for accepted in ("br", "gzip"):  # compressed for who is not on this machine
        sent = client.get(f"/{entry}", headers={"Accept-Encoding": accepted})
        assert sent.content == (Path(BUILD_PATH_LIB).parent / entry).read_bytes()
        assert "immutable" in sent.headers["cache-control"]
        assert sent.headers.get("content-encoding") == ("gzip" if accepted == "gzip" else None)
    for name in ("nothing.js", "n" * 400, "..%2findex.html", "%2e%2e%2findex.html"):
        assert client.get(f"/assets/{name}").status_code in (403, 404), name


def test_the_first_page_is_the_one_that_the_grid_asks_for(
    served: tuple[AppContext, FastAPI], client: TestClient, page: gr.Blocks
) -> None:
    (grid,) = (block for block in page.blocks.values() if block.elem_id == "grid-curate")
    assert isinstance(grid, SampleGrid)
    somebody = served[0].workspace.cache / "somebody-here"
    somebody.unlink(missing_ok=True)
    for address, count in (({}, 2), ({"class": "1"}, 1), ({"q": "nothing"}, 0)):
        sent = client.get("/first-page", params={**address, "tab": "curate"}).json()
        assert somebody.exists()  # so that queues rest
        assert sent == grid.get_page({"address": address})  # type: ignore[arg-type, comparison-overlap]
        assert len(sent["cards"]) == count


def test_a_handler_makes_nobody_wait_for_matplotlib() -> None:
    asked = """import sys
import dashboard.server.app
import matplotlib
assert matplotlib.get_backend().lower() == "agg"
assert "matplotlib.pyplot" not in sys.modules"""
    clean = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", asked], check=True, env=clean)


def test_no_answer_waits_until_an_earlier_one_is_acknowledged() -> None:
    # Nagle's algorithm: 40 ms for each answer of which header and body are written in turn.
    async def is_on(listener: socket.socket) -> bool:
        accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            delayed = not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            accepted.set_result(delayed)
            writer.close()

        server = await asyncio.start_server(hear, sock=listener)
        async with server:
            _, writer = await asyncio.open_connection(*listener.getsockname())
            delayed = await accepted
            writer.close()
        return delayed

    with app.bound(Settings(workspace=Path("unused"), port=0)) as listener:
        assert not asyncio.run(is_on(listener))
    with socket.create_server(("127.0.0.1", 0)) as usual:
        assert asyncio.run(is_on(usual))


@pytest.mark.parametrize(
    ("query", "tab", "view"),
    [
        ("", "curate", "photographs"),
        ("?tab=evaluate&run=r", "evaluate", "photographs"),
        ("?tab=%22nonsense&view=%22", "curate", "photographs"),
        ("?view=ledger", "curate", "ledger"),
    ],
)
def test_the_page_opens_at_the_tab_of_its_address(
    client: TestClient, query: str, tab: str, view: str
) -> None:
    page = client.get(f"/{query}").text
    config = json.loads(page.split("window.gradio_config = ", 1)[1].split(";</script>", 1)[0])
    tabs = [one["props"] for one in config["components"] if one["type"] == "tabs"]
    selected = {props["elem_id"]: props["selected"] for props in tabs}
    assert selected == {"tabs": tab, "curate-views": view}


def test_what_must_always_be_answered_needs_no_thread(served: tuple[AppContext, FastAPI]) -> None:
    """Threads may all be taken, by those who wait for a photograph or for the network."""
    needed = {"/healthz", "/stamp", "/ui/{version}/{name:path}", "/assets/{name}"}
    endpoints = {getattr(route, "path", ""): route for route in served[1].routes}
    assert needed <= set(endpoints)
    for path in needed:
        assert inspect.iscoroutinefunction(endpoints[path].endpoint), path  # type: ignore[attr-defined]


def test_the_stamp_changes_with_what_is_stored_and_is_read_once_for_all_pages(
    served: tuple[AppContext, FastAPI], monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, application = served
    reads = []
    whole = ctx.stamps.whole
    monkeypatch.setattr(ctx.stamps, "whole", lambda: reads.append(1) or whole())

    def settled(client: TestClient) -> str:
        time.sleep(routes._STAMP_SECONDS)
        return client.get("/stamp").text

    with TestClient(application, base_url="http://127.0.0.1") as client:
        first = settled(client)
        assert [client.get("/stamp").text for _ in range(20)] == [first] * 20
        assert len(reads) <= 3
        assert settled(client) == first
        with ctx.workspace.transaction() as session:
            revisions.draw(session, 1)
        assert settled(client) != first


def test_signatures_of_components_are_kept(page: gr.Blocks) -> None:
    """Gradio asks for them for each page that opens, and answers nobody meanwhile."""
    for kind in {type(block) for block in page.blocks.values()}:
        assert inspect.signature(kind.__init__) is kind.__init__.__signature__


def test_what_is_kept_of_a_component_is_what_it_says_and_no_session_s(page: gr.Blocks) -> None:
    asked = {number: type(block).get_config(block) for number, block in page.blocks.items()}
    assert {number: block.get_config() for number, block in page.blocks.items()} == asked
    number = next(number for number, block in page.blocks.items() if block.elem_id == "header")
    SessionState(page).config_values[number]["props"]["value"] = "another visitor's"
    assert SessionState(page).config_values[number]["props"].get("value") is None
