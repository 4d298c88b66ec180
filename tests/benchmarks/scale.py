"""A large set from import to fresh queues, in a browser.

    python -m tests.benchmarks.scale [N] [--keep FOLDER]

Draws N small pictures of six classes (one label in twenty wrong), imports and serves them, waits
for the first queues, then decides on one and waits for the next ones, while a real Chromium turns
pages before and meanwhile. Prints what each took; nothing is asserted. With --keep the set and its
queues stay in the folder and are not made again.
"""

import argparse
import csv
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from dashboard.services.importing import importer
from dashboard.services.splits import split_versions
from storage.database import meta
from storage.workspace.folder import Workspace
from tests.benchmarks import journeys, results, training
from tests.benchmarks.results import Table
from tests.journeys import browser
from tests.journeys.browser import Served

CLASSES = ("Chickenpox", "Cowpox", "Healthy", "HFMD", "Measles", "Monkeypox")
SIDE = 72
WRONG = 0.05
PHOTOGRAPHS_A_PATIENT = 2
QUIET_ROUNDS = 4
LONGEST_SECONDS = 7200.0
MADE = "SELECT value FROM meta WHERE key = 'queues.made'"


def draw(folder: Path, number: int) -> Path:
    """Write the pictures and their table; a class is a texture, a patient a tone."""
    rng = np.random.default_rng(0)
    (folder / "pictures").mkdir(parents=True)
    table = folder / "manifest.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "patient"))
        for place in range(number):
            patient = place // PHOTOGRAPHS_A_PATIENT
            shown = patient % len(CLASSES)
            told = int(rng.integers(len(CLASSES))) if rng.random() < WRONG else shown
            name = f"pictures/{place:06d}.jpg"
            _picture(shown, patient, rng).save(folder / name, quality=80)
            writer.writerow((name, CLASSES[told], f"P{patient}"))
    return table


def _picture(shown: int, patient: int, rng: np.random.Generator) -> Image.Image:
    tone = np.array([200, 150, 120]) + np.random.default_rng(patient).integers(-50, 50, 3)
    cells = 4 + 2 * shown
    spots = rng.random((cells, cells)) < 0.25 + 0.03 * shown
    mask = Image.fromarray((spots * 255).astype(np.uint8)).resize((SIDE, SIDE))
    share = np.asarray(mask, dtype=np.float32)[..., None] / 255
    colour = np.array([160, 40 + 20 * shown, 60])
    noise = rng.normal(0, 6, (SIDE, SIDE, 3))
    pixels = tone * (1 - share) + colour * share + noise
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def made(folder: Path) -> list[tuple[object, ...]]:
    """Return when the queues were made."""
    return browser.rows(folder, MADE)


def wait(folder: Path, before: list[tuple[object, ...]], meanwhile: Callable[[], None]) -> float:
    """Return the seconds until the queues are newer, doing something else all the while."""
    began = time.perf_counter()
    while made(folder) == before and time.perf_counter() - began < LONGEST_SECONDS:
        meanwhile()
    return time.perf_counter() - began


def working(served: Served) -> bool:
    """Say whether queues are being made now."""
    children = psutil.Process(served.process.pid).children()
    return any("queues" in child.cmdline() for child in children)


def say(measured: Table, what: str, seconds: float) -> None:
    measured.add(what, f"{seconds:.1f} s", "", 1)


def turned(measured: Table, what: str, taken: list[float]) -> float:
    """Add a row of how long pages took, milliseconds; return the median."""
    middle, high = statistics.median(taken), float(np.percentile(taken, 95))
    measured.add(what, f"{middle:.0f} ms", f"{high:.0f} ms", len(taken))
    return middle


@contextmanager
def page_of(served: Served) -> Iterator[Page]:
    with sync_playwright() as playwright:
        program = browser.chromium()
        if program is None:
            sys.exit("No Chromium is installed on this machine.")
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started.new_page(viewport={"width": 1440, "height": 900})
        started.close()


def browse(measured: Table, page: Page, served: Served, folder: Path) -> None:
    """Measure the grid while nothing else is done, and while queues are made anew."""
    # The map is drawn after the queues are kept.
    while working(served):
        page.wait_for_timeout(200)
    quiet = [ms for _ in range(QUIET_ROUNDS) for ms in journeys.next_page(page, served)]
    usual = turned(measured, "next page, quiet", quiet)
    turned(measured, "class filter, quiet", journeys.filtered(page, served))
    browser.open_tab(page, served, sort="score", queue="worth")
    before = made(folder)
    page.keyboard.press("k")
    while not working(served):
        page.wait_for_timeout(200)
    busy: list[float] = []
    say(
        measured,
        "queues anew after a decision",
        wait(folder, before, lambda: _turn(page, served, busy)),
    )
    slower = turned(measured, "next page, queues being made", busy) / usual
    measured.add("slower by", f"{slower - 1:.0%}", "", "")


def _turn(page: Page, served: Served, taken: list[float]) -> None:
    taken += journeys.next_page(page, served)


def prepare(measured: Table, home: Path, number: int) -> None:
    """Draw the pictures and import them into a workspace."""
    began = time.perf_counter()
    table = draw(home / "drawn", number)
    say(measured, f"draw {number} pictures", time.perf_counter() - began)
    began = time.perf_counter()
    workspace = Workspace.open(home / "workspace")
    importer.run(workspace, table)
    say(measured, "import", time.perf_counter() - began)
    split_versions.ensure(workspace, "patient")
    with workspace.transaction() as session:
        meta.put(session, "issues.eye", json.dumps(["mobilenetv3_small_100", "random"]))
    workspace.close()


def main(arguments: list[str]) -> None:
    """Draw, import, serve, wait, browse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    columns = ("what", "time", "p95", "tries")
    title = f"{given.number:,} generated images from import to queues, in Chromium"
    with (
        results.table(f"scale_{given.number}", title, columns) as measured,
        training.home_of(given.keep) as home,
    ):
        folder = home / "workspace"
        if not folder.exists():
            prepare(measured, home, given.number)
        began = time.perf_counter()
        served = browser.serve(folder, home / "log")
        try:
            say(measured, "serve until it answers", time.perf_counter() - began)
            with page_of(served) as page:
                browser.open_tab(page, served)
                say(measured, "until the first photographs", time.perf_counter() - began)
                if not made(folder):
                    say(
                        measured,
                        "first queues",
                        wait(folder, [], lambda: page.wait_for_timeout(500)),
                    )
                browse(measured, page, served, folder)
        finally:
            served.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
