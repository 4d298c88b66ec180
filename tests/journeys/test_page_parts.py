"""The clock, errors and questions of `dashboard/ui/shared` in a page of their own."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from core.errors import AppError
from dashboard.server import routes
from dashboard.services.browsing.stamps import TOPICS, Topic
from dashboard.ui.shared import events
from dashboard.ui.shared.clock import Clock
from dashboard.ui.shared.confirmation import Confirmation

pytestmark = pytest.mark.journey

HOSTILE = "<img src=x onerror=alert(1)> & <b>bold</b> **stars**"


class Stamps:
    """Stamps that a test changes by hand, and how often they were read."""

    def __init__(self) -> None:
        self.now: dict[Topic, str] = dict.fromkeys(TOPICS, "1")
        self.reads = 0
        """By events of Gradio's."""
        self.asked = 0
        self.failing = 0
        """How many of the next reads fail."""

    def read(self) -> dict[Topic, str]:
        self.reads += 1
        if self.failing:
            self.failing -= 1
            raise RuntimeError("not this time")
        return dict(self.now)

    def whole(self) -> str:
        self.asked += 1
        return repr(self.now)


class Parts:
    """A page with two tabs whose handlers note that they were called."""

    def __init__(self) -> None:
        self.stamps = Stamps()
        self.calls: list[str] = []
        self.excluded = 0

    def runs(self, request: gr.Request) -> str:
        self.calls.append("runs")
        return f"runs {self.stamps.now['runs']} of {request.query_params.get('run')}"

    def samples(self) -> str:
        self.calls.append("samples")
        return f"samples {self.stamps.now['samples']}"

    @events.shown
    def refuse(self) -> str:
        raise AppError(HOSTILE, title="No", hint="Try later.")

    @events.shown
    def ask(self) -> Any:
        return self.question.ask(f"24 photographs of {HOSTILE} are excluded.", 24)

    def exclude(self, subject: int) -> str:
        self.excluded += 1
        return f"excluded {subject}, {self.excluded} time"

    def build(self) -> gr.Blocks:
        with gr.Blocks() as page:
            clock = Clock(self)  # type: ignore[arg-type]
            with gr.Tabs(selected="curate"):
                with gr.Tab("Curate", id="curate") as first:
                    near = gr.Textbox(label="Near", elem_id="near")
                    refuse = gr.Button("Refuse", elem_id="refuse")
                    refuse.click(self.refuse, None, near, **events.ONCE)
                    ask = gr.Button("Exclude", elem_id="ask")
                    self.question = Confirmation("Exclude", elem_id="question")
                    ask.click(self.ask, None, self.question.outputs, **events.ONCE)
                    done = gr.Textbox(label="Done", elem_id="done")
                    self.question.agreed(self.exclude, None, done)
                with gr.Tab("Train", id="train") as second:
                    far = gr.Textbox(label="Far", elem_id="far")
            clock.on("runs", self.runs, near)
            clock.on(("samples", "imports"), self.samples, far)
            clock.start(page, [first, second])
        return page


@pytest.fixture(scope="module")
def parts() -> Parts:
    return Parts()


@pytest.fixture(scope="module")
def address(parts: Parts) -> Iterator[str]:
    """Serve the page in a thread; yields where."""
    bare = FastAPI()
    routes.add_stamp(bare, parts.stamps)
    app = gr.mount_gradio_app(bare, parts.build(), path="/", ssr_mode=False)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def page(chromium: Browser, address: str, parts: Parts) -> Iterator[Page]:
    parts.stamps.now = dict.fromkeys(TOPICS, "1")
    parts.calls.clear()
    opened = chromium.new_page()
    opened.goto(f"{address}/?run=7")
    yield opened
    opened.close()


def field(page: Page, name: str) -> Any:
    return expect(page.locator(f"#{name} textarea"))


def settled(page: Page, parts: Parts) -> None:
    """Wait until three ticks have brought nothing: a tick comes after the answer to the last."""
    asked, reads = parts.stamps.asked, parts.stamps.reads
    for _ in range(300):
        if parts.stamps.reads != reads:
            asked, reads = parts.stamps.asked, parts.stamps.reads
        if parts.stamps.asked >= asked + 3:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the clock stands still")


def test_a_handler_is_called_at_first_and_then_when_its_topic_has_changed(
    page: Page, parts: Parts
) -> None:
    field(page, "near").to_have_value("runs 1 of 7")
    settled(page, parts)
    calls, reads = parts.calls.copy(), parts.stamps.reads
    settled(page, parts)
    assert parts.calls == calls
    assert parts.stamps.reads == reads  # nothing of Gradio's while nothing changes
    assert set(calls) == {"runs"}
    parts.stamps.now["runs"] = "2"
    field(page, "near").to_have_value("runs 2 of 7")
    settled(page, parts)
    assert parts.calls == [*calls, "runs"]


def test_what_could_not_be_read_is_read_again(page: Page, parts: Parts) -> None:
    field(page, "near").to_have_value("runs 1 of 7")
    settled(page, parts)
    parts.stamps.failing = 1
    parts.stamps.now["runs"] = "2"
    field(page, "near").to_have_value("runs 2 of 7")
    assert parts.stamps.failing == 0


def test_what_lies_in_a_closed_tab_waits_until_the_tab_opens(page: Page, parts: Parts) -> None:
    field(page, "near").to_have_value("runs 1 of 7")
    parts.stamps.now["samples"] = "2"
    page.wait_for_timeout(1500)
    assert "samples" not in parts.calls
    page.get_by_role("tab", name="Train").click()
    field(page, "far").to_have_value("samples 2")
    page.get_by_role("tab", name="Curate").click()
    page.get_by_role("tab", name="Train").click()
    page.wait_for_timeout(1500)
    assert parts.calls.count("samples") == 1


def test_an_error_is_shown_as_text_and_leaves_the_outputs(page: Page) -> None:
    field(page, "near").to_have_value("runs 1 of 7")
    page.locator("#refuse").click()
    toast = page.get_by_test_id("toast-text")
    expect(toast).to_have_text(f"{HOSTILE} Try later.")
    assert toast.locator("img, b, strong").count() == 0
    field(page, "near").to_have_value("runs 1 of 7")


def test_a_question_is_answered_once_and_may_be_left(page: Page, parts: Parts) -> None:
    field(page, "near").to_have_value("runs 1 of 7")
    page.locator("#ask").click()
    question = page.locator("#question")
    expect(question).to_contain_text(f"24 photographs of {HOSTILE} are excluded.")
    assert question.locator("img, b, strong").count() == 0
    page.locator("#question-no").click()
    expect(question).to_be_hidden()
    assert parts.excluded == 0
    page.locator("#ask").click()
    page.locator("#question-yes").dblclick()
    field(page, "done").to_have_value("excluded 24, 1 time")
    expect(question).to_be_hidden()
    time.sleep(0.5)
    assert parts.excluded == 1
