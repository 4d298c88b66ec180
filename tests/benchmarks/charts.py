"""How soon charts are drawn in a real Chromium: `python -m tests.benchmarks.charts [SAMPLES]`.

A map of many samples: from the press to the drawn map, from the end of a lasso to its photographs
in the grid. The first chart of a page whose script the browser has kept: from the press on Balance
to the drawn bars. Nothing is asserted.
"""

import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from core import files
from core.types import SampleQuery
from storage.queries.sample_view import SqliteView
from storage.workspace.folder import Workspace
from tests.benchmarks import browsing, results
from tests.benchmarks.results import Table
from tests.journeys import browser
from tests.journeys.browser import Served

ROUNDS = 5
CORNERS = 40
DRAWN = "#{0} .mpx-chart-host[data-drawn]"
PATIENCE = 120_000
"""Milliseconds."""


def prepare(folder: Path, number: int) -> None:
    """Write samples without pictures, and a map of six clouds."""
    workspace = Workspace.open(folder)
    browsing.fill(workspace, number)
    ids = list(SqliteView(workspace).ids(SampleQuery()))
    rng = np.random.default_rng(0)
    centres = np.array([[0.2, 0.3], [0.5, 0.2], [0.8, 0.3], [0.3, 0.7], [0.6, 0.6], [0.85, 0.8]])
    clouds = centres[rng.integers(len(centres), size=len(ids))]
    places = np.clip(clouds + rng.normal(0, 0.08, (len(ids), 2)), 0, 1).astype(np.float32)
    workspace.cache.mkdir(parents=True, exist_ok=True)
    arrays = {"ids": np.array(ids), "places": places, "seen_by": np.array("benchmark")}
    files.replace_arrays(workspace.cache / "map.npz", arrays)
    workspace.close()


def draw_map(page: Page, served: Served) -> float:
    """Return the seconds from the press on Map to its points."""
    browser.open_tab(page, served)
    began = time.perf_counter()
    page.locator("#open-map").click()
    page.wait_for_selector(DRAWN.format("map-chart"))
    return time.perf_counter() - began


def lasso(page: Page) -> float:
    """Return the seconds from the end of a lasso to its first page in the grid."""
    before = page.get_by_test_id("range").inner_text()
    area = page.locator("#map-chart .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box() or {"x": 0.0, "y": 0.0, "width": 0.0, "height": 0.0}
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.7
    for step in range(CORNERS):
        angle = 2 * math.pi * step / CORNERS
        page.mouse.move(x + 60 * math.sin(angle), y - 60 * math.cos(angle))
        if not step:
            page.mouse.down()
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(
        "before => document.querySelector('[data-testid=range]').innerText !== before", arg=before
    )
    return time.perf_counter() - began


def first_chart(page: Page, served: Served) -> float:
    """Return the seconds from the press on Balance to its bars, in a page just opened."""
    browser.open_tab(page, served)
    began = time.perf_counter()
    page.get_by_role("tab", name="Balance").click()
    page.wait_for_selector(DRAWN.format("balance-bars"))
    return time.perf_counter() - began


def measure(measured: Table, served: Served) -> None:
    """Drive one browser, whose cache is warm after the first page."""
    program = browser.chromium()
    if program is None:
        sys.exit("No Chromium is installed on this machine.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = started.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        measured.add("first chart, nothing kept", f"{first_chart(page, served):.2f}", "", 1)
        charts = [first_chart(page, served) for _ in range(ROUNDS)]
        _row(measured, "first chart of a page, script kept", charts)
        _row(measured, "map drawn", [draw_map(page, served) for _ in range(ROUNDS)])
        lassos = []
        for _ in range(ROUNDS):
            draw_map(page, served)
            lassos.append(lasso(page))
        _row(measured, "lasso to grid", lassos)
        started.close()


def _row(measured: Table, name: str, seconds: list[float]) -> None:
    middle, most = statistics.median(seconds), max(seconds)
    measured.add(name, f"{middle:.2f}", f"{most:.2f}", len(seconds))


def main(number: int) -> None:
    """Make the workspace, serve it, measure."""
    title = f"Charts of {number:,} samples in Chromium, seconds"
    columns = ("from a press to the drawing", "median", "longest", "tries")
    with results.table("charts", title, columns) as measured, tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "workspace"
        prepare(folder, number)
        served = browser.serve(folder, Path(home) / "log")
        try:
            measure(measured, served)
        finally:
            served.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
