"""Journey 2: a person trains a model from the dashboard, watches it, stops it, uses it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import browser
from tests.journeys import training_form as form
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve
from tests.journeys.train_page import (
    choose,
    look_closer,
    open_train,
    points,
    start,
    state,
    wait_for_epochs,
)

pytestmark = pytest.mark.journey

SECONDS_60 = 60_000


@pytest.fixture
def train(demo: Path, serve: Serve, open_page: OpenPage) -> tuple[Page, Path]:
    """Train over a demo of its own, that has one run; and the workspace."""
    served = serve(demo)
    page = open_page(served)
    open_train(page, served)
    return page, demo


def test_a_training_is_started_watched_stopped_and_its_model_used(
    train: tuple[Page, Path], screenshot: Screenshot
) -> None:
    page, folder = train
    (first,) = browser.document("runs", "--workspace", folder)
    choose(page, epochs=60, patience=60, image_size=32, batch_size=16)
    start(page)
    wait_for_epochs(page, 2)
    before = points(page)
    assert before >= 2
    words = page.locator("#live-words")
    for said in ("of 60", "images per second", "left"):
        expect(words).to_contain_text(said)
    expect(page.get_by_test_id("status-strip")).to_contain_text("Run 2")
    screenshot(page, "train-running")
    wait_for_epochs(page, before + 2)
    assert points(page) > before
    page.locator("#train-stop").click()
    expect(words).to_contain_text("Stopped; the best epoch is kept.", timeout=SECONDS_60)
    expect(state(page, 2)).to_have_text("stopped")
    runs = {run["number"]: run for run in browser.document("runs", "--workspace", folder)}
    assert set(runs) == {1, 2}
    assert runs[2]["status"] == "stopped"
    assert runs[2]["validation"]["macro_f1"] > 0  # what was kept has been measured
    look_closer(page, 2)
    page.locator("#use-model").click()
    expect(page.locator("#use-question")).to_contain_text("Run 2 will answer in Predict")
    assert first["active"]
    page.locator("#use-question-yes").click()
    expect(state(page, 2)).to_contain_text("active")
    active = [
        run["number"] for run in browser.document("runs", "--workspace", folder) if run["active"]
    ]
    assert active == [2]
    expect(page.locator("header")).to_contain_text("run 2")
    screenshot(page, "train-used")


def test_what_cannot_be_trained_is_said_before_and_nothing_is_started(
    train: tuple[Page, Path], tmp_path: Path
) -> None:
    page, folder = train
    form.fill(page, init=tmp_path / "nowhere.safetensors")
    problem = page.locator("#train-problem")
    expect(problem).to_contain_text("There is no weights file")
    form.from_random_weights(page)
    expect(problem).to_be_hidden()
    form.section(page, "advanced")
    form.radio(page, "split", "image").check()
    page.locator("#train-start").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("patient")
    assert len(browser.document("runs", "--workspace", folder)) == 1


def test_the_figure_shows_which_stages_are_frozen_and_the_form_survives_a_reload(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at)
    open_train(page, looked_at)
    form.from_random_weights(page)
    expect(page.locator("#transfer")).to_contain_text("random numbers")
    screenshot(page, "train")
    figure = page.locator("#network-figure")
    caption = figure.locator("figcaption")
    choose(page, frozen_stages=3, learning_rate=0.002)
    expect(caption).to_contain_text("3 stages are frozen")
    frozen = figure.locator("tbody tr").filter(has_text="frozen")
    for network in ("MobileNetV2", "MobileNetV3 large", "MobileNetV4 conv small"):
        before = caption.inner_text()
        form.pick(page, "backbone", network)
        expect(caption).not_to_have_text(before)
        expect(caption).to_contain_text("layers")
        expect(caption).to_contain_text("3 stages are frozen")
        expect(frozen).to_have_count(3)
    form.radio(page, "optimizer", "adam").check()
    page.wait_for_timeout(1000)  # what stands in the form is kept by the browser
    page.reload()
    expect(form.field(page, "backbone")).to_have_value("MobileNetV4 conv small")
    form.section(page, "advanced")
    expect(form.radio(page, "optimizer", "adam")).to_be_checked()
    expect(form.field(page, "learning_rate")).to_have_value("0.002")


def test_what_a_panel_refuses_is_told(looked_at: Served, open_page: OpenPage) -> None:
    page = open_page(looked_at)
    open_train(page, looked_at)
    on = page.get_by_label("Train again by itself")
    now = page.locator("#retrain-now")
    on.check()
    expect(now).to_contain_text("takes the settings of run 1")
    number, toast = page.locator("#retrain-after input"), page.get_by_test_id("toast-body")
    for few in ("1", "2"):
        number.fill(few)
        number.press("Tab")
        expect(toast).to_contain_text(f"A run after {few} decisions is not possible.")
        page.get_by_test_id("toast-close").click()
        expect(toast).to_have_count(0)
        expect(number).to_have_value("20")  # what was refused does not stay
    on.uncheck()
    expect(now).not_to_contain_text("takes the settings")
