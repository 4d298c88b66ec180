"""A press counts once, for what was pressed, however a panel is drawn anew meanwhile."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage

pytestmark = pytest.mark.journey

QUESTION = "copies exist only inside the runs"
REDRAW = """button => {
    const card = button.closest("[data-testid=protocol]").parentElement;
    card.innerHTML = card.innerHTML;
}"""
LONG_ENOUGH = 300
"""Milliseconds in which whatever a press has started is there."""
BESIDE = (20, 450)
"""A place beside every question."""


def test_the_second_click_of_a_double_click_does_not_close_the_question(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    _move_onto(page, start)
    _click(page)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    page.mouse.move(*BESIDE)
    _click(page, count=2)
    _still_asked_once(page)
    _click(page)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_neither_a_double_click_nor_a_held_key_answers_the_question(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    start.focus()
    page.keyboard.down("Enter")
    expect(page.get_by_test_id("confirm-yes")).to_be_focused()
    page.keyboard.down("Enter")  # held: the system repeats it
    page.keyboard.up("Enter")
    _move_onto(page, page.get_by_test_id("confirm-yes"))
    _click(page, count=2)
    _still_asked_once(page)
    page.get_by_test_id("confirm-no").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_press_inside_a_question_that_ends_beside_it_leaves_it_open(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    start.click()
    _move_onto(page, page.get_by_text(QUESTION))
    page.mouse.down()
    page.mouse.move(*BESIDE)
    page.mouse.up()
    _still_asked_once(page)


def test_a_double_click_whose_first_click_was_lost_to_a_redraw_asks_once(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    _press_while(page, start, REDRAW)
    _click(page, count=2)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    _still_asked_once(page)


def test_a_button_that_has_become_another_one_under_the_mouse_is_not_pressed(
    looked_at: Served, open_page: OpenPage
) -> None:
    page, start = _protocol(open_page, looked_at)
    _press_while(page, start, "button => (button.dataset.run = 'another')")
    page.wait_for_timeout(LONG_ENOUGH)
    expect(page.locator("dialog[open]")).to_have_count(0)
    start.click()
    expect(page.get_by_text(QUESTION)).to_be_visible()


def test_yes_is_said_to_what_was_asked_although_the_button_now_means_another(
    looked_at: Served, open_page: OpenPage
) -> None:
    sent: list[str] = []

    def caught(route: Route) -> None:
        said = route.request.post_data or ""
        if '"reproduce"' not in said:
            route.continue_()
            return
        sent.append(said)
        route.fulfill(json={"data": [""], "is_generating": False})

    page, start = _protocol(open_page, looked_at)
    page.route("**/run/predict*", caught)
    start.evaluate("button => (button.dataset.run = 'asked')")
    start.click()
    expect(page.get_by_text(QUESTION)).to_be_visible()
    start.evaluate("button => (button.dataset.run = 'another')")
    page.get_by_test_id("confirm-yes").click()
    page.wait_for_timeout(3 * LONG_ENOUGH)
    assert len(sent) == 1
    assert '"asked"' in sent[0]
    assert '"another"' not in sent[0]


def _protocol(open_page: OpenPage, served: Served) -> tuple[Page, Locator]:
    page = open_page(served)
    browser.open_tab(page, served, "evaluate")
    page.locator("[data-testid=card]:visible").first.wait_for()  # nothing above it grows any more
    return page, page.get_by_test_id("protocol-start")


def _move_onto(page: Page, target: Locator) -> None:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _click(page: Page, count: int = 1) -> None:
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)


def _press_while(page: Page, button: Locator, script: str) -> None:
    """Press the mouse on a button, let a script change the page, and release it."""
    _move_onto(page, button)
    page.mouse.down()
    button.evaluate(script)
    page.mouse.up()


def _still_asked_once(page: Page) -> None:
    page.wait_for_timeout(LONG_ENOUGH)
    expect(page.locator("dialog[open]")).to_have_count(1)
    expect(page.get_by_text(QUESTION)).to_be_visible()
