"""The first minutes: `ai-mpox demo` serves at once, then makes data and a model."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import browser
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

MINUTES = 60_000


def test_data_and_a_first_model_come_before_ones_eyes_and_are_made_once(
    tmp_path: Path, open_page: OpenPage
) -> None:
    folder = tmp_path / "demo"
    served = browser.serve(folder, tmp_path / "first.log", command="demo")
    try:
        page = open_page(served)
        page.goto(f"{served.url}/?tab=train")
        strip = page.get_by_test_id("status-strip")
        expect(strip).to_contain_text("demonstration data", timeout=2 * MINUTES)
        expect(strip).to_contain_text("Run 1 · epoch 2", timeout=5 * MINUTES)
        page.get_by_test_id("strip-stop").click()
        checkpoint = page.get_by_test_id("checkpoint")
        expect(checkpoint).to_contain_text("Model: run 1", timeout=5 * MINUTES)
        page.close()
    finally:
        served.stop()
    assert served.said().splitlines() == [
        "Opening the dashboard.",
        f"AI-Mpox is at {served.url}",
        f"Demonstration data and a first model: watch them come at {served.url}/?tab=train",
        "Stopping.",
    ]

    again = browser.serve(folder, tmp_path / "second.log", command="demo")
    try:
        page = open_page(again)
        page.goto(again.url)
        expect(page.get_by_test_id("checkpoint")).to_contain_text("Model: run 1")
        expect(page.get_by_test_id("totals")).to_contain_text("357")
        page.wait_for_timeout(3000)
        expect(page.get_by_test_id("status-strip")).to_be_hidden()
        page.close()
    finally:
        again.stop()
    assert browser.rows(folder, "SELECT number FROM runs") == [(1,)]
