"""Journey 2, the life of runs: paused, resumed, put off, looked at, compared, hidden, repeated."""

import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import browser
from tests.journeys import training_form as form
from tests.journeys.conftest import OpenPage, Screenshot, Serve
from tests.journeys.test_retrain import SECONDS_60
from tests.journeys.train_page import (
    choose,
    look_closer,
    open_train,
    pick,
    row,
    start,
    state,
    wait_for_epochs,
)

pytestmark = pytest.mark.journey


def test_a_run_is_paused_looked_at_resumed_put_off_and_kept(
    demo, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    served = serve(demo)
    page = open_page(served)
    open_train(page, served)
    form.fill(page, backbone="test_eficientnet")
    problem = page.locator("#train-problem")
    expect(problem).to_contain_text("test_efficientnet", timeout=SECONDS_60)
    form.fill(page, backbone="test_efficientnet")
    facts = page.locator("#network-facts")
    expect(facts).to_contain_text("multiply-accumulates", timeout=SECONDS_60)
    choose(page)
    expect(form.field(page, "image_size")).to_have_value("160")
    form.fill(page, epochs=900, patience=900, image_size=32)
    start(page)
    wait_for_epochs(page, 1)
    queue = page.locator("#queue-runs")
    for number in (3, 4):
        start(page)
        expect(queue).to_contain_text(f"Run {number}")
        # Until it has been answered, another press is the same press.
        expect(page.locator("#train-start")).to_have_text("Train a model")
    page.locator("#queue-sooner").click()  # the last one of the queue is marked
    expect(queue).to_contain_text(re.compile(r"Run 4.*Run 3", re.DOTALL))
    screenshot(page, "runs-queue")
    for number in (3, 4):
        page.locator("#queue-remove").click()
        expect(queue.get_by_text(f"Run {number} ")).to_have_count(0, timeout=SECONDS_60)
    expect(queue).to_be_hidden()
    page.locator("#train-pause").click()
    expect(state(page, 2)).to_have_text("paused", timeout=SECONDS_60)
    page.locator("#live-details").click()
    expect(page.locator("#run-heading")).to_contain_text("Paused; resume continues")
    page.locator("#run-resume").click()
    expect(state(page, 2)).to_have_text("running", timeout=SECONDS_60)
    page.locator("#train-stop").click()
    expect(state(page, 2)).to_have_text("stopped", timeout=SECONDS_60)

    page.locator("#run-log-part button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#run-log textarea")).to_have_value(
        re.compile("Resumed after"), timeout=SECONDS_60
    )
    screenshot(page, "runs-details")
    with page.expect_download() as download:
        page.locator("#run-csv").click()
    assert download.value.suggested_filename == "run-2-epochs.csv"
    assert Path(download.value.path()).read_text().startswith("epoch,train_loss")
    page.locator("#run-hide").click()
    page.locator("#hide-question-yes").click()
    expect(row(page, 2)).to_have_count(0)
    page.get_by_label("Show hidden").check()
    expect(state(page, 2)).to_contain_text("hidden")
    page.locator("#compare button").first.click()
    pick(page, "compare-before", "Run 1 ")
    pick(page, "compare-after", "Run 2 ")
    page.locator("#compare-runs").click()
    verdict = page.locator("#diff-verdict")
    expect(verdict).to_contain_text("on the same", timeout=SECONDS_60)
    screenshot(page, "runs-compared")
    look_closer(page, 1)
    page.locator("#again-day input").fill("2020-01-01")
    page.locator("#again-day input").press("Tab")
    page.locator("#run-again").click()
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_contain_text("training photographs of 0 classes", timeout=SECONDS_60)
    page.get_by_label("Train again by itself").check()
    expect(page.locator("#retrain-now")).to_contain_text("takes the settings")
    page.reload()
    expect(page.get_by_label("Train again by itself")).to_be_checked()
    told = {one["number"]: one for one in browser.document("runs", "--hidden", "-w", demo)}
    assert [told[number]["status"] for number in (2, 3, 4)] == ["stopped"] * 3


def test_a_start_says_at_once_what_it_waits_for_and_the_time_is_asked_for_by_itself(
    demo, serve: Serve, open_page: OpenPage, tmp_path: Path, screenshot: Screenshot
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        served = serve(demo, HF_ENDPOINT=address, HF_HUB_CACHE=str(tmp_path / "hub"))
        page = open_page(served)
        open_train(page, served)
        # The first question loads what knows the networks; asked now, the clock below is the hub's.
        facts = page.locator("#network-facts")
        expect(facts).to_contain_text("not on this computer yet", timeout=SECONDS_60)
        button = page.locator("#train-start")
        start(page)
        expect(button).to_have_text("Looking for the weights…", timeout=1_000)
        start(page)  # which starts nothing more
        problem = page.get_by_test_id("toast-body")
        expect(problem).to_contain_text("cannot be downloaded from here", timeout=9_000)
        expect(button).to_have_text("Train a model")
    choose(page)
    # A size that nothing was measured for: the run is started before that can be known.
    form.fill(page, epochs=2, image_size=48)
    start(page)
    expect(state(page, 1)).to_have_text("active")
    expect(page.locator("#live-words")).to_contain_text("Finished.", timeout=240_000)
    expect(page.locator("#train-time")).to_contain_text("on this computer.", timeout=SECONDS_60)
    screenshot(page, "runs-time")
