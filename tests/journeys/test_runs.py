"""Journey 2, the life of runs: paused, resumed, put off, looked at, compared, hidden, repeated."""

import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import browser
from tests.journeys.conftest import OpenPage, Screenshot, Serve
from tests.journeys.test_retrain import SECONDS_60, choose, open_train, wait_for_epochs

pytestmark = pytest.mark.journey


def start(page: Page) -> None:
    page.get_by_test_id("train-start").click()


def row(page: Page, number: int):
    return page.get_by_test_id("run-row").filter(has=page.locator(f'[data-pick="{number}"]'))


def test_a_run_is_paused_looked_at_resumed_put_off_and_kept(
    demo, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    open_train(page, served)
    page.get_by_test_id("backbone").select_option("other")
    page.get_by_test_id("backbone-name").fill("test_eficientnet")
    page.get_by_test_id("backbone-name").press("Tab")
    problem = page.get_by_test_id("network-problem")
    expect(problem).to_contain_text("test_efficientnet", timeout=SECONDS_60)
    page.get_by_test_id("backbone-name").fill("test_efficientnet")
    page.get_by_test_id("backbone-name").press("Tab")
    facts = page.get_by_test_id("network-facts")
    expect(facts).to_contain_text("multiply-accumulates", timeout=SECONDS_60)
    choose(page)
    expect(page.get_by_test_id("field-image_size")).to_have_value("160")
    for name, value in {"epochs": 900, "patience": 900, "image_size": 32}.items():
        page.get_by_test_id(f"field-{name}").fill(str(value))
    start(page)
    wait_for_epochs(page, 1)
    start(page)
    start(page)
    queue = page.get_by_test_id("queue")
    expect(queue).to_contain_text(re.compile(r"Run 3.*Run 4"))
    page.get_by_test_id("queue-sooner").click()
    expect(queue).to_contain_text(re.compile(r"Run 4.*Run 3"))
    screenshot(page, "runs-queue")
    for left in (1, 0):
        page.get_by_test_id("queue-remove").first.click()
        expect(page.get_by_test_id("queue-remove")).to_have_count(left, timeout=SECONDS_60)
    expect(queue).to_have_count(0)
    page.get_by_test_id("train-pause").click()
    expect(row(page, 2)).to_have_attribute("data-status", "paused", timeout=SECONDS_60)
    page.get_by_test_id("live-details").click()
    expect(page.get_by_test_id("run-details")).to_contain_text("Paused; resume continues")
    page.keyboard.press("Escape")
    row(page, 2).get_by_test_id("run-resume").click()
    expect(row(page, 2)).to_have_attribute("data-status", "running", timeout=SECONDS_60)
    page.get_by_test_id("train-stop").click()
    expect(row(page, 2)).to_have_attribute("data-status", "stopped", timeout=SECONDS_60)

    row(page, 2).get_by_test_id("run-open").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("run-log")).to_contain_text("Resumed after", timeout=SECONDS_60)
    screenshot(page, "runs-drawer")
    page.get_by_test_id("run-hide").click()
    page.get_by_test_id("confirm-yes").click()
    expect(row(page, 2)).to_be_hidden()
    page.get_by_test_id("show-hidden").click()
    expect(row(page, 2)).to_contain_text("hidden")
    for number in (1, 2):
        row(page, number).get_by_test_id("pick-run").check()
    page.get_by_test_id("compare-runs").click()
    expect(page.get_by_test_id("diff-verdict")).to_contain_text("on the same", timeout=SECONDS_60)
    screenshot(page, "runs-compared")
    page.keyboard.press("Escape")
    row(page, 1).get_by_test_id("run-open").click()
    page.get_by_test_id("again-day").fill("2020-01-01")
    page.get_by_test_id("run-again").click()
    refused = page.get_by_text("training photographs of 0 classes")
    expect(refused).to_be_visible(timeout=SECONDS_60)
    page.get_by_test_id("retrain-on").check()
    expect(page.get_by_test_id("retrain-now")).to_contain_text("takes the settings")
    page.reload()
    expect(page.get_by_test_id("retrain-on")).to_be_checked()
    told = {one["number"]: one for one in browser.document("runs", "--hidden", "-w", demo)}
    assert [told[number]["status"] for number in (2, 3, 4)] == ["stopped"] * 3


def test_a_start_says_at_once_what_it_waits_for_and_the_time_is_asked_for_by_itself(
    demo, serve: Serve, open_page: OpenPage, tmp_path: Path, screenshot: Screenshot
) -> None:
    button, said = "train-start", "train-time"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        served = serve(demo, HF_ENDPOINT=address, HF_HUB_CACHE=str(tmp_path / "hub"))
        page = open_page(served)
        open_train(page, served)
        # The first question loads what knows the networks; asked now, the clock below is the hub's.
        expect(page.get_by_test_id("init-fetch")).to_be_visible(timeout=SECONDS_60)
        start(page)
        expect(page.get_by_test_id(button)).to_have_text("Looking for the weights…", timeout=1_000)
        expect(page.get_by_test_id(button)).to_be_disabled()
        problem = page.get_by_test_id("train-problem")
        expect(problem).to_contain_text("cannot be downloaded from here", timeout=9_000)
        expect(page.get_by_test_id(button)).to_have_text("Train a model")
    choose(page)
    # A size that nothing was measured for: the run is started before that can be known.
    for name, value in {"epochs": 2, "image_size": 48}.items():
        page.get_by_test_id(f"field-{name}").fill(str(value))
    page.get_by_test_id("field-image_size").press("Tab")
    start(page)
    expect(page.get_by_test_id("stamp-active")).to_be_visible()
    expect(row(page, 2)).to_have_attribute("data-status", "finished", timeout=240_000)
    expect(page.get_by_test_id(said)).to_contain_text("on this computer.", timeout=SECONDS_60)
    screenshot(page, "runs-time")
