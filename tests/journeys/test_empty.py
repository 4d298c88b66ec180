"""An empty workspace: every tab says what comes first, and the first import starts from there."""

from pathlib import Path

import pytest

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
    assert page.get_by_test_id("empty").get_by_role("button").all_inner_texts()
    screenshot(page, f"empty-curate-{'dark' if dark else 'light'}")
    for tab in ("balance", "train", "evaluate", "predict"):
        page.get_by_role("tab", name=tab.capitalize()).click()
        panel = page.get_by_role("tabpanel").locator("visible=true")
        panel.get_by_role("button").first.wait_for()
        screenshot(page, f"empty-{tab}-{'dark' if dark else 'light'}")
