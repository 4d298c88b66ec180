"""Cross-validation, search and the published protocol are offered where a person looks for them."""

import pytest
from playwright.sync_api import expect

from tests.journeys import browser
from tests.journeys.browser import PHONE, Served
from tests.journeys.conftest import OpenPage, Screenshot

pytestmark = pytest.mark.journey


def test_the_form_offers_cross_validation_and_search_below_the_usual_training(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at, PHONE)
    browser.open_tab(page, looked_at, "train")
    page.get_by_test_id("init-random").check(force=True)
    page.get_by_test_id("many").locator("summary").first.click()
    expect(page.get_by_test_id("cross-validate")).to_be_visible()
    expect(page.get_by_test_id("search-settings")).to_be_visible()
    page.get_by_test_id("folds-by").select_option("authors")
    expect(page.get_by_test_id("field-cv_folds")).to_be_disabled()
    expect(page.locator(".leak")).not_to_have_attribute("hidden", "")
    page.get_by_test_id("cross-validate").click()
    problem = page.get_by_test_id("train-problem")
    expect(problem).to_contain_text("stand in 0 of the authors' folds")
    expect(problem).to_contain_text("deal the folds by patient")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    screenshot(page, "cross-validate")


def test_the_protocol_asks_before_it_queues_anything(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "evaluate")
    before = browser.rows(looked_at.folder, "SELECT count(*) FROM runs")
    page.get_by_test_id("protocol-start").click()
    expect(page.get_by_text("copies exist only inside the runs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("copies exist only inside the runs")).to_have_count(0)
    assert browser.rows(looked_at.folder, "SELECT count(*) FROM runs") == before
