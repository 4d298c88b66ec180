"""Cross-validation, search and the published protocol are offered where a person looks for them."""

import pytest
from playwright.sync_api import expect

from tests.journeys import browser, train_page
from tests.journeys import training_form as form
from tests.journeys.browser import PHONE, Served
from tests.journeys.conftest import OpenPage, Screenshot

pytestmark = pytest.mark.journey


def test_the_form_offers_cross_validation_and_search_below_the_usual_training(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at, PHONE)
    browser.open_tab(page, looked_at, "train")
    form.from_random_weights(page)
    form.section(page, "many")
    button = page.locator("#cross-validate")
    expect(button).to_be_visible()
    expect(page.locator("#search-settings")).to_be_visible()
    form.radio(page, "folds_by", "authors").check()
    expect(page.locator("#field-folds")).to_be_hidden()
    expect(page.locator("#allow-leak")).to_be_visible()
    button.click()
    problem = page.get_by_test_id("toast-body")
    expect(problem).to_contain_text("stand in 0 of the authors' folds")
    expect(problem).to_contain_text("deal the folds by patient")
    # Told where a person looks, and the keyboard is where it was.
    expect(problem).to_be_in_viewport(ratio=1)
    expect(button).to_be_focused()
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
    form.from_random_weights(page)
    form.section(page, "advanced")
    epochs, balance = form.field(page, "epochs"), form.field(page, "balance")
    expect(epochs).to_have_value("60")
    form.fill(page, epochs=7)
    kept = page.locator("#train-kept")
    expect(kept).to_contain_text("Epochs")
    form.radio(page, "preset", "thorough").check()
    expect(form.field(page, "patience")).to_have_value("50")
    expect(epochs).to_have_value("7")
    page.get_by_role("tab", name="Balance").click()
    page.locator("#tab-balance").get_by_label("None", exact=True).check()
    page.get_by_role("tab", name="Train").click()
    expect(balance).to_have_value("None")
    form.radio(page, "preset", "balanced").check()
    expect(form.field(page, "patience")).to_have_value("25")
    expect(balance).to_have_value("None")
    page.locator("#preset-alone").click()
    expect(epochs).to_have_value("60")
    expect(balance).to_have_value("Class weights")
    expect(kept).to_be_hidden()


def test_a_leak_is_accepted_for_one_run_and_never_remembered(
    looked_at: Served, open_page: OpenPage
) -> None:
    page = open_page(looked_at)
    browser.open_tab(page, looked_at, "train")
    form.section(page, "advanced")
    accepted = page.locator("#allow-leak input")
    form.radio(page, "split", "image").check()
    accepted.check()
    form.radio(page, "split", "patient").check()
    expect(accepted).to_be_hidden()
    train_page.open_train(page, looked_at)
    form.section(page, "advanced")
    form.radio(page, "split", "image").check()
    expect(accepted).to_be_visible()
    expect(accepted).not_to_be_checked()
