"""A press counts once, and nothing that matters happens before a question has been answered."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Serve

pytestmark = pytest.mark.journey

QUESTION = "copies exist only inside the runs"
LONG_ENOUGH = 1000
"""Milliseconds in which whatever a press has started is there."""


def runs(folder: Path) -> int:
    ((count,),) = browser.rows(folder, "SELECT count(*) FROM runs")
    assert isinstance(count, int)
    return count


def test_a_double_click_asks_once_and_starts_nothing(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    before = runs(looked_at.folder)
    start.dblclick()
    page.wait_for_timeout(LONG_ENOUGH)
    expect(page.get_by_text(QUESTION)).to_have_count(1)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    page.locator("#protocol-starting-no").click()
    expect(page.get_by_text(QUESTION)).to_be_hidden()
    assert runs(looked_at.folder) == before


def test_a_held_key_does_not_answer_the_question(looked_at: Served, open_page: OpenPage) -> None:
    page, start = _protocol(open_page, looked_at)
    before = runs(looked_at.folder)
    start.focus()
    for _ in range(4):  # held: the system repeats it
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.wait_for_timeout(LONG_ENOUGH)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    assert runs(looked_at.folder) == before


def test_one_answer_counts_once_however_often_it_is_pressed(
    demo: Path, serve: Serve, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, serve(demo))
    before = runs(demo)
    start.click()
    page.locator("#protocol-starting-yes").dblclick()
    expect(page.locator("#protocol-state")).to_contain_text("(by patient): ")
    page.wait_for_timeout(LONG_ENOUGH)
    assert runs(demo) == before + 2
    expect(start).to_be_hidden()


def _protocol(open_page: OpenPage, served: Served) -> tuple[Page, Locator]:
    page = open_page(served)
    browser.open_tab(page, served, "evaluate")
    page.locator("[data-testid=card]:visible").first.wait_for()  # nothing above it grows any more
    start = page.locator("#protocol-start")
    start.wait_for()
    return page, start
