"""An empty workspace: every tab says what comes first, and the first import starts from there."""

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import images
from tests.journeys import browser
from tests.journeys.conftest import OpenPage, Screenshot, Serve

pytestmark = pytest.mark.journey


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "empty"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_empty_workspace_says_what_to_do_on_every_tab(
    empty: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot, dark: bool
) -> None:
    served = serve(empty)
    page = open_page(served, dark=dark)
    browser.open_tab(page, served)
    expect(page.locator("#welcome").get_by_role("button")).to_have_text(
        ["Import a folder", "Try the demo set"]
    )
    screenshot(page, f"empty-curate-{'dark' if dark else 'light'}")
    for tab in ("balance", "train", "evaluate", "predict"):
        page.get_by_role("tab", name=tab.capitalize()).click()
        panel = page.get_by_role("tabpanel").locator("visible=true")
        panel.get_by_role("button").first.wait_for()
        screenshot(page, f"empty-{tab}-{'dark' if dark else 'light'}")


@pytest.mark.timeout(480)
def test_the_first_import_starts_from_the_empty_workspace(
    empty: Path, tmp_path: Path, serve: Serve, open_page: OpenPage, screenshot: Screenshot
) -> None:
    photographs = tmp_path / "photographs"
    for number in range(30):
        name = ("Measles", "Healthy", "Cowpox")[number % 3]
        images.put(photographs / name / f"{number}.jpg", images.jpeg(number))
    (photographs / "Cowpox" / "broken.jpg").write_bytes(b"not a picture")
    served = serve(empty)
    page = open_page(served)
    browser.open_tab(page, served)
    page.locator("#empty-import").click()
    page.locator("#import-path textarea").fill(str(photographs))
    page.locator("#import-check").click()
    expect(page.locator("#import-findings")).to_contain_text("Left out")
    expect(page.locator("#import-findings")).to_contain_text("Cowpox/broken.jpg")
    assert browser.labels(empty) == {}  # a check writes nothing
    screenshot(page, "import-checked")
    page.get_by_role("button", name="Import 30 photographs").click()
    expect(page.locator("#import-summary")).to_contain_text("30\u00a0new samples")
    page.locator("#import-look").click()
    expect(page.get_by_test_id("card")).to_have_count(30)
    expect(page.get_by_test_id("card").first).to_be_visible()
    assert Counter(browser.labels(empty).values()) == {"Measles": 10, "Healthy": 10, "Cowpox": 10}
    # Queues take a moment: whoever is faster is told so, and has them without doing anything.
    page.keyboard.press("q")
    expect(page.locator("#no-match")).to_contain_text("The queues are being made")
    screenshot(page, "queues-soon")
    # So does the map.
    page.locator("#open-map").click()
    expect(page.locator("#map-none")).to_contain_text("as soon as they are made")
    screenshot(page, "map-soon")
    expect(page.locator("#map-chart .mpx-chart-host[data-drawn]")).to_be_visible(timeout=240_000)
    expect(page.locator("#map-none")).to_be_hidden()
    page.locator("#open-map").click()
    expect(page.get_by_test_id("card").first).to_be_visible(timeout=240_000)
    expect(page.get_by_test_id("why")).not_to_be_empty()


def test_a_folder_that_is_not_there_is_told_with_what_to_do(
    empty: Path, tmp_path: Path, serve: Serve, open_page: OpenPage
) -> None:
    served = serve(empty)
    page = open_page(served)
    browser.open_tab(page, served)
    page.locator("#empty-import").click()
    page.locator("#import-path textarea").fill(str(tmp_path / "nowhere"))
    page.keyboard.press("Enter")
    expect(page.locator("#import-summary")).to_contain_text("nowhere")
    page.locator("#import-back").click()
    expect(page.locator("#import-path")).to_be_visible()
