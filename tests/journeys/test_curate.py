"""Journey 1: a person curates the data set in the browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import Served
from tests.journeys.conftest import Screenshot

pytestmark = pytest.mark.journey


def test_the_demo_set_opens_as_a_grid_of_photographs(
    demo_page: tuple[Page, Served], screenshot: Screenshot
) -> None:
    page, _ = demo_page
    expect(page.get_by_test_id("card")).to_have_count(48)
    screenshot(page, "curate")
