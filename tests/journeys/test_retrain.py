"""Journey 2: a person trains a model from the dashboard, watches it, stops it, uses it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import browser
from tests.journeys.browser import Served
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey

SECONDS_60 = 60_000


@pytest.fixture
def train(demo: Path, serve: Serve, open_page: OpenPage) -> tuple[Page, Path]:
    """Train over a demo of its own, that has one run; and the workspace."""
    served = serve(demo)
    page = open_page(served)
    open_train(page, served)
    return page, demo


def open_train(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?tab=train")
    page.get_by_test_id("network-figure").wait_for()


def choose(page: Page, **fields: object) -> None:
    """Fill the form: random weights, and what else is named."""
    page.get_by_test_id("init-random").check(force=True)
    page.get_by_test_id("advanced").locator("summary").click()
    for name, value in fields.items():
        page.get_by_test_id(f"field-{name}").fill(str(value))
        page.get_by_test_id(f"field-{name}").press("Tab")


def epochs(page: Page) -> int:
    return int(page.get_by_test_id("live-curve").get_attribute("data-epochs-done") or 0)


def wait_for_epochs(page: Page, many: int) -> None:
    page.wait_for_function(
        "n => Number(document.querySelector('[data-testid=live-curve]').dataset.epochsDone) >= n"
        " && document.querySelector('[data-testid=train-stop]')",
        arg=many,
        timeout=120_000,
    )


def points(page: Page) -> int:
    """Return how many points the validation curve of the loss has."""
    lines = page.locator(".chart").first.locator("polyline")
    return len((lines.last.get_attribute("points") or "").split())


def test_a_training_is_started_watched_stopped_and_its_model_used(
    train: tuple[Page, Path], screenshot: Screenshot
) -> None:
    page, folder = train
    (first,) = browser.document("runs", "--workspace", folder)
    choose(page, epochs=60, patience=60, image_size=32, batch_size=16)
    page.get_by_test_id("train-start").click()
    wait_for_epochs(page, 2)
    before = points(page)
    assert before >= 2
    words = page.get_by_test_id("live-words")
    for said in ("of 60", "images per second", "left"):
        expect(words).to_contain_text(said)
    expect(page.get_by_test_id("status-strip")).to_contain_text("Run 2")
    screenshot(page, "train-running")
    wait_for_epochs(page, before + 2)
    assert points(page) > before
    page.get_by_test_id("train-stop").click()
    message = page.get_by_test_id("run-message")
    expect(message).to_contain_text("Stopped; the best epoch is kept.", timeout=SECONDS_60)
    row = page.get_by_test_id("run-row").filter(has_text="stopped")
    expect(row).to_have_attribute("data-status", "stopped")
    runs = {run["number"]: run for run in browser.document("runs", "--workspace", folder)}
    assert set(runs) == {1, 2}
    assert runs[2]["status"] == "stopped"
    assert runs[2]["validation"]["macro_f1"] > 0  # what was kept has been measured
    row.get_by_test_id("use-model").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("Run 2 will answer in Predict")
    assert first["active"]
    page.get_by_test_id("confirm-yes").click()
    expect(row.get_by_test_id("stamp-active")).to_be_visible()
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
    page.get_by_test_id("init-file").check(force=True)
    page.get_by_test_id("init-path").fill(str(tmp_path / "nowhere.safetensors"))
    page.get_by_test_id("init-path").press("Tab")
    expect(page.get_by_test_id("init-problem")).to_contain_text("There is no weights file")
    page.get_by_test_id("init-random").check(force=True)
    expect(page.get_by_test_id("init-problem")).to_be_hidden()
    page.get_by_test_id("advanced").locator("summary").click()
    page.get_by_test_id("field-split").select_option("image")
    page.get_by_test_id("train-start").click()
    expect(page.get_by_test_id("train-problem")).to_contain_text("patient")
    assert len(browser.document("runs", "--workspace", folder)) == 1


def test_the_figure_shows_which_stages_are_frozen_and_the_form_survives_a_reload(
    looked_at: Served, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(looked_at)
    open_train(page, looked_at)
    page.get_by_test_id("init-random").check(force=True)
    expect(page.get_by_test_id("init-problem")).to_be_hidden()
    expect(page.get_by_test_id("transfer-figure")).to_contain_text("random numbers")
    screenshot(page, "train")
    figure = page.get_by_test_id("network-figure")
    choose(page, frozen_stages=3, learning_rate=0.002)
    expect(figure.locator("rect.frozen")).to_have_count(3)
    for network in ("mobilenetv2_100", "mobilenetv3_large_100", "mobilenetv4_conv_small"):
        caption = figure.locator("figcaption").inner_text()
        page.get_by_test_id("backbone").select_option(network)
        expect(figure.locator("figcaption")).not_to_have_text(caption)
        expect(figure.locator("figcaption")).to_contain_text("layers")
        expect(figure.locator("rect.frozen")).to_have_count(3)
    page.get_by_test_id("field-optimizer").select_option("adam")
    page.reload()
    expect(page.get_by_test_id("backbone")).to_have_value("mobilenetv4_conv_small")
    expect(page.get_by_test_id("field-optimizer")).to_have_value("adam")
    expect(page.get_by_test_id("field-learning_rate")).to_have_value("0.002")


def test_what_a_panel_refuses_is_told(looked_at: Served, open_page: OpenPage) -> None:
    page = open_page(looked_at)
    open_train(page, looked_at)
    page.get_by_test_id("retrain-on").check()
    expect(page.get_by_test_id("retrain-now")).to_contain_text("takes the settings of run 1")
    number, toast = page.get_by_test_id("retrain-after"), page.get_by_test_id("toast")
    for few in ("1", "2"):
        # As an older page may send it: the browser itself lets nobody choose so few.
        number.evaluate("field => field.removeAttribute('min')")
        number.fill(few)
        number.press("Tab")
        expect(toast).to_contain_text(f"A run after {few} decisions is not possible.")
        toast.get_by_role("button", name="Close").click()
        expect(toast).to_have_count(0)
    page.get_by_test_id("retrain-on").uncheck()
    expect(page.get_by_test_id("retrain-now")).not_to_contain_text("takes the settings")
