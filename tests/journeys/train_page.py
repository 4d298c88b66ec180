"""What the journeys do on the Train tab."""

import re

from playwright.sync_api import Locator, Page

from tests.journeys import training_form as form
from tests.journeys.browser import Served

EPOCH_AT_WORK = """n => {
    const words = document.querySelector("#live-words")?.innerText ?? "";
    const at = /epoch (\\d+) of/.exec(words);
    return at !== null && Number(at[1]) > n && document.querySelector("#train-stop");
}"""


def open_train(page: Page, served: Served) -> None:
    """Open the tab and wait until the form has told what the next run would learn."""
    page.goto(f"{served.url}/?tab=train")
    page.locator("#network-figure figcaption").filter(has_text="layers").wait_for()


def choose(page: Page, **fields: object) -> None:
    """Fill the form: random weights, and what else is named."""
    form.from_random_weights(page)
    form.section(page, "advanced")
    form.fill(page, **fields)


def start(page: Page) -> None:
    """Press the form's button."""
    page.locator("#train-start").click()


def wait_for_epochs(page: Page, many: int) -> None:
    """Wait until so many epochs of the run under way have ended."""
    page.wait_for_function(EPOCH_AT_WORK, arg=many, timeout=120_000)


def points(page: Page) -> int:
    """Return how many epochs the loss curve shows, read from the table behind it."""
    return page.locator("#loss-chart tbody tr").count()


def row(page: Page, number: int) -> Locator:
    """Return the row of a run in the table of runs."""
    first = page.locator('[data-col="0"]').filter(has_text=re.compile(rf"^\s*{number}\s*$"))
    return page.locator("#runs-table .virtual-row").filter(has=first)


def state(page: Page, number: int) -> Locator:
    """Return the cell with the stamps of a run: active, leaky, how it ended."""
    return row(page, number).locator('[data-col="1"]')


def look_closer(page: Page, number: int) -> None:
    """Press the row of a run and wait for everything about it."""
    row(page, number).locator('[data-col="0"]').click()
    page.locator("#run-heading").get_by_text(f"Run {number} ").wait_for()


def pick(page: Page, dropdown: str, text: str) -> None:
    """Choose an option of a dropdown by its beginning."""
    page.locator(f"#{dropdown} input").click()
    page.get_by_role("option", name=re.compile(rf"^{re.escape(text)}")).first.click()
