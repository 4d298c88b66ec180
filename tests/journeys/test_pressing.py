"""A press counts once: neither swallowed by a redraw nor undone by the click that follows."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage

pytestmark = pytest.mark.journey

QUESTION = "copies exist only inside the runs"


def test_the_second_click_of_a_double_click_does_not_close_the_question(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    _move_onto(page, start)
    _click(page)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    page.mouse.move(20, 450)  # beside the question
    _click(page, count=2)
    page.wait_for_timeout(300)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    _click(page)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_press_inside_a_question_that_ends_beside_it_leaves_it_open(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    start.click()
    _move_onto(page, page.get_by_text(QUESTION))
    page.mouse.down()
    page.mouse.move(20, 450)
    page.mouse.up()
    page.wait_for_timeout(300)
    expect(page.get_by_text(QUESTION)).to_be_visible()


@pytest.mark.parametrize("count", [1, 2])
def test_a_button_that_is_redrawn_while_it_is_pressed_is_pressed(
    looked_at: Served, open_page: OpenPage, count: int
) -> None:
    page, start = _protocol(open_page, looked_at)
    _move_onto(page, start)
    page.mouse.down()
    card = "document.querySelector('[data-testid=protocol]').parentElement"
    page.evaluate(f"{card}.innerHTML = {card}.innerHTML")
    page.mouse.up()
    if count == 2:
        _click(page, count=2)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(1)


def _protocol(open_page: OpenPage, served: Served) -> tuple[Page, Locator]:
    page = open_page(served)
    browser.open_tab(page, served, "evaluate")
    return page, page.get_by_test_id("protocol-start")


def _move_onto(page: Page, target: Locator) -> None:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _click(page: Page, count: int = 1) -> None:
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)
