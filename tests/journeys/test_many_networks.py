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
    # Told where a person looks, and the keyboard is where it was.
    expect(problem).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("cross-validate")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    screenshot(page, "cross-validate")


def test_the_protocol_asks_before_it_queues_anything(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "evaluate")
    before = browser.rows(looked_at.folder, "SELECT count(*) FROM runs")
    page.locator("#protocol-start").click()
    question = page.get_by_text("copies exist only inside the runs")
    expect(question).to_be_visible()
    page.locator("#protocol-starting-no").click()
    expect(question).to_be_hidden()
    assert browser.rows(looked_at.folder, "SELECT count(*) FROM runs") == before


def test_what_a_person_has_set_by_hand_outlives_other_presets_and_a_plan_arrives(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "train")
    page.get_by_test_id("init-random").check(force=True)
    page.locator("summary", has_text="Advanced").click()
    epochs, balance = page.get_by_test_id("field-epochs"), page.get_by_test_id("field-balance")
    epochs.fill("7")
    page.get_by_test_id("preset-thorough").check()
    expect(epochs).to_have_value("7")
    expect(page.get_by_test_id("train-kept")).to_contain_text("Epochs")
    page.get_by_role("tab", name="Balance").click()
    page.get_by_label("None", exact=True).check()
    page.get_by_role("tab", name="Train").click()
    expect(balance).to_have_value("none")
    page.get_by_test_id("preset-balanced").check()
    expect(balance).to_have_value("none")
    page.get_by_test_id("preset-alone").click()
    expect(epochs).to_have_value("60")
    expect(balance).to_have_value("class_weights")
    expect(page.get_by_test_id("train-kept")).to_be_hidden()


def test_a_leak_is_accepted_for_one_run_and_never_remembered(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "train")
    page.locator("summary", has_text="Advanced").click()
    accepted = page.get_by_test_id("allow-leak")
    page.locator("[name=split]").select_option("image")
    accepted.check()
    page.locator("[name=split]").select_option("patient")
    expect(accepted).to_be_hidden()
    page.reload()
    page.locator("summary", has_text="Advanced").click()
    page.locator("[name=split]").select_option("image")
    expect(accepted).to_be_visible()
    expect(accepted).not_to_be_checked()
