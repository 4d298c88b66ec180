"""What a fresh page asks the server for: only what its open tab shows."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage

pytestmark = pytest.mark.journey

MOST = 32
"""Events of a fresh page; each is a request and an answer."""


def tabs_of_events(page: Page) -> dict[int, set[str]]:
    """Return, for each listener of the page, the tabs in which its outputs lie."""
    config: dict[str, Any] = page.evaluate("window.gradio_config")
    names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
    kinds = {one["id"]: one["type"] for one in config["components"]}
    tab_of: dict[int, str] = {}

    def walk(node: dict[str, Any], tab: str | None) -> None:
        if tab is None and kinds.get(node["id"]) == "tabitem":
            tab = str(names[node["id"]])
        if tab is not None:
            tab_of[node["id"]] = tab
        for child in node.get("children", []):
            walk(child, tab)

    walk(config["layout"], None)
    return {
        listener["id"]: {tab_of[number] for number in listener["outputs"] if number in tab_of}
        for listener in config["dependencies"]
    }


@pytest.mark.parametrize("tab", ["curate", "balance", "train", "evaluate", "predict"])
def test_a_fresh_page_asks_only_for_its_open_tab_and_then_only_for_the_stamp(
    looked_at: Served, open_page: OpenPage, tab: str
) -> None:
    page = open_page(looked_at)
    asked: list[int] = []
    stamps: list[str] = []

    def note(request: Request) -> None:
        if "queue/join" in request.url:
            asked.append(json.loads(request.post_data or "{}")["fn_index"])
        elif request.url.endswith("/stamp"):
            stamps.append(request.url)

    page.on("request", note)
    browser.open_tab(page, looked_at, tab)
    page.wait_for_timeout(4_000)
    where = tabs_of_events(page)
    elsewhere = {number: where[number] - {f"tab-{tab}"} for number in asked}
    # The plan of Balance, which the browser keeps, goes to the training form at once.
    assert len([number for number, tabs in elsewhere.items() if tabs]) <= 1, elsewhere
    assert len(asked) <= MOST
    asked.clear()
    stamps.clear()
    began = time.monotonic()
    page.wait_for_timeout(5_000)
    # What lies in no tab, the strip at the top, may have news meanwhile.
    assert [number for number in asked if where[number]] == []
    # A busy machine waits longer than it was told to; twice a second would be another clock.
    assert 1 <= len(stamps) < 2 * (time.monotonic() - began)


def test_a_page_that_is_left_keeps_its_stream_until_the_next_one_is_there(
    looked_at: Served, open_page: OpenPage
) -> None:
    # Gradio would close it at once, take that for a lost server, and load the page again after
    # two seconds: where the server is busy, nobody would get to the next page.
    page = open_page(looked_at)
    browser.open_tab(page, looked_at)
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.url))
    page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    page.wait_for_timeout(1_000)
    # The stream of answers ends whenever nothing waits for one; this one lasts as long as the page.
    assert [url for url in ended if "/heartbeat/" in url] == []


def test_what_the_page_needs_first_is_named_in_its_head(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    modules: list[str] = []
    page.on("request", lambda request: modules.append(request.url.rpartition("/")[2]))
    browser.open_tab(page, looked_at)
    gradio = next(i for i, name in enumerate(modules) if name.startswith("Index-"))
    assert "boot.js" in modules[:gradio]
    assert "sample_grid.js" in modules[:gradio]
    assert page.evaluate("document.querySelectorAll('script[src$=\"boot.js\"]').length") == 1


def test_the_first_photographs_are_asked_for_once_and_before_gradio_is_there(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/first-page" in request.url or "/thumb/" in request.url:
            asked.append(request.url)
        elif "component_server" in request.url and "get_page" in (request.post_data or ""):
            asked.append("again" if "address" in (request.post_data or "") else "another page")
        elif "queue/join" in request.url:
            asked.append("Gradio")

    page.on("request", note)
    page.goto(f"{looked_at.url}/?class=1")
    expect(page.get_by_test_id("card").first).to_be_visible()
    shown = page.get_by_test_id("card").count()
    ids = page.get_by_test_id("card").first.get_attribute("data-id")
    first, *later = asked
    assert first == f"{looked_at.url}/first-page?class=1"
    assert first not in later
    assert "Gradio" in later
    assert "again" not in later
    assert f"{looked_at.url}/thumb/{ids}.webp" in later
    expect(browser.facet(page, "class", "Chickenpox")).to_contain_text(str(shown))


def test_a_view_comes_back_by_its_address_and_is_left_by_the_back_button(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at)
    page.get_by_role("tab", name="Ledger").click()
    expect(page).to_have_url(re.compile(r"[?&]view=ledger"))
    page.reload()
    expect(page.locator("#ledger-search")).to_be_visible()
    page.get_by_role("tab", name="Train").click()
    expect(page).not_to_have_url(re.compile("view="))
    page.go_back()
    expect(page.locator("#ledger-search")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("card").first).to_be_visible()
    expect(page.locator("#ledger-search")).to_be_hidden()
