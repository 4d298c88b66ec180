"""One sitting in a real Chromium: import, first queue, ten decisions, *quick*, compare.

A part of `tests.benchmarks.loop`. What is counted are the seconds in which a person waits, from a
press to what it brings on the screen; what the person needs to look and think is not.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dashboard.services.queues import encoders
from storage.workspace.folder import Workspace
from tests.benchmarks.results import Table
from tests.journeys import browser, train_page
from tests.journeys import training_form as form

DECISIONS = 10
THINKING = 15_000
"""Milliseconds after choosing a preset: a person reads what the form says of it."""
LONGEST = 600_000
"""Milliseconds that a step may take."""


class Sitting:
    """A person's steps in a page, and how long each lets the person wait."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url
        self.seconds: dict[str, float] = {}

    @contextmanager
    def _waiting(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - began

    def import_table(self, table: Path) -> None:
        """Import from the empty workspace, and see the first photographs."""
        page = self._page
        page.goto(self._url)
        page.locator("#empty-import").click()
        page.locator("#import-path textarea").fill(str(table.resolve()))
        with self._waiting("dry run"):
            page.locator("#import-check").click()
            start = page.get_by_role("button", name="Import ", exact=False)
            start.filter(has_text="photographs").wait_for(timeout=LONGEST)
        with self._waiting("import"):
            start.filter(has_text="photographs").click()
            page.locator("#import-look").wait_for(timeout=LONGEST)
            page.locator("#import-look").click()
            page.get_by_test_id("card").first.wait_for(timeout=LONGEST)

    def first_queue(self) -> None:
        """Ask for the next photographs to decide on and wait for the first."""
        page = self._page
        with self._waiting("first queue"):
            page.keyboard.press("q")
            page.get_by_test_id("why").filter(has_text=" ").first.wait_for(timeout=LONGEST)

    def decide(self) -> None:
        """Decide on ten photographs by key; each is committed before the next."""
        page = self._page
        page.goto(f"{self._url}/?split=train")
        page.locator("[data-testid=card].current").wait_for()
        with self._waiting(f"{DECISIONS} decisions"):
            for number in range(DECISIONS):
                page.keyboard.press(str(number % 2 + 1))
                page.wait_for_function(
                    "n => document.querySelectorAll('[data-testid=card].saved').length > n",
                    arg=number,
                )
                page.keyboard.press("ArrowRight")

    def quick(self, number: int, weights: Path) -> None:
        """Train with the preset *quick* and wait for the run's verdict."""
        page = self._page
        page.goto(f"{self._url}/?tab=train")
        page.locator("#network-figure figcaption").filter(has_text="layers").wait_for()
        form.pick(page, "backbone", "MobileNetV2")
        form.fill(page, init=weights)
        form.radio(page, "preset", "quick").check()
        page.wait_for_timeout(THINKING)
        with self._waiting(f"quick, run {number}"):
            train_page.start(page)
            finished = page.locator("#live-words").filter(has_text="Finished.")
            page.get_by_text(f"Run {number} · MobileNetV2").first.wait_for(timeout=LONGEST)
            finished.wait_for(timeout=LONGEST)

    def compare(self) -> None:
        """Compare both runs."""
        page = self._page
        form.section(page, "compare")
        train_page.pick(page, "compare-before", "Run 1")
        train_page.pick(page, "compare-after", "Run 2")
        with self._waiting("compare"):
            page.locator("#compare-runs").click()
            page.locator("#diff-verdict").filter(has_text="balanced accuracy").wait_for()


def sitting(table: Table, source: Path, weights: Path, home: Path) -> None:
    """Sit down before an empty workspace; add the seconds of each step and of all."""
    folder = home / "sitting"
    workspace = Workspace.open(folder)
    encoders.of(workspace, "mobilenetv2_100", str(weights))
    workspace.close()
    served = browser.serve(folder, home / "log")
    try:
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(
                executable_path=browser.chromium(), args=["--no-sandbox"]
            )
            page = started.new_page(viewport={"width": 1440, "height": 900})
            steps = Sitting(page, served.url)
            steps.import_table(source)
            steps.first_queue()
            steps.quick(1, weights)
            steps.decide()
            steps.quick(2, weights)
            steps.compare()
            started.close()
    finally:
        served.stop()
    parts = ", ".join(f"{step} {taken:.1f} s" for step, taken in steps.seconds.items())
    total = f"{sum(steps.seconds.values()):.0f} s"
    table.add("one sitting in the browser, the waits", total, parts, "120 s")
