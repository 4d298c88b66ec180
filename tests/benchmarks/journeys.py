"""How long a person waits in the browser: `python -m tests.benchmarks.journeys WORKSPACE`.

Serves a copy of the workspace and drives a real Chromium; medians of several tries are printed and
nothing is asserted. Times are milliseconds as the person sees them: from the key or the click to
what it brings on the screen; then what the server costs. The workspace needs a trained, active
model.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from core.demo import drawing, patients
from tests.benchmarks import results
from tests.journeys import browser
from tests.journeys.browser import Served

TRIES = 9
CLASSES = 6
SETTLED = 2000
"""Milliseconds after which a page has done what it does by itself."""
CONTENTS = {
    "evaluate": "#confusion-matrix td",
    "balance": "#balance-bars svg .bars path",
    "train": "#train-start",
    "predict": "#predict-upload button",
    "curate": "[data-testid=card]",
}
"""What a tab shows when it can be used."""

Measure = Callable[[Page, Served], list[float]]


def first_thumbnail(page: Page, served: Served) -> list[float]:
    """From the address to the first photograph on the screen, in a page that knows nothing."""
    taken = []
    for _ in range(TRIES):
        fresh = _browser(page).new_page()
        began = time.perf_counter()
        fresh.goto(served.url, wait_until="commit")
        fresh.wait_for_function(
            "document.querySelector('[data-testid=card] img')?.naturalWidth > 0"
        )
        taken.append(_milliseconds(began))
        fresh.close()
    return taken


def next_page(page: Page, served: Served) -> list[float]:
    """From Page down to the first photograph of the next page."""
    browser.open_tab(page, served)
    return [_until_other_cards(page, key) for key in ("PageDown", "PageUp") * (TRIES // 2)]


def filtered(page: Page, served: Served) -> list[float]:
    """From a click on a class to its first photograph."""
    browser.open_tab(page, served)
    facet = "#facet-class input"
    page.locator(facet).nth(CLASSES - 1).wait_for()
    return [
        _in_page(page, f'document.querySelectorAll("{facet}")[{place % CLASSES}].click()')
        for place in range(TRIES)
    ]


def key_to_saved(page: Page, served: Served) -> list[float]:
    """From the key of a class to the tick that says that it is committed."""
    browser.open_tab(page, served, split="train")
    page.wait_for_timeout(1000)
    return [
        float(
            page.evaluate(
                """key => new Promise((resolve) => {
                    const card = document.querySelector("[data-testid=card].current");
                    const began = performance.now();
                    const seen = new MutationObserver(() => {
                        if (!card.classList.contains("saved")) return;
                        seen.disconnect();
                        requestAnimationFrame(() => resolve(performance.now() - began));
                    });
                    seen.observe(card, { attributes: true, attributeFilter: ["class"] });
                    const pressed = new KeyboardEvent("keydown", { key, bubbles: true });
                    card.dispatchEvent(pressed);
                })""",
                str(place % CLASSES + 1),
            )
        )
        for place in range(TRIES)
    ]


def arrow_to_detail(page: Page, served: Served) -> list[float]:
    """From an arrow key to the details of the next photograph."""
    browser.open_tab(page, served)
    page.get_by_test_id("detail-file").wait_for()
    taken = []
    for place in range(1, TRIES + 1):
        file = (page.get_by_test_id("card").nth(place).get_attribute("title") or "").split("\n")[0]
        began = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "file => document.querySelector('[data-testid=detail-file]').textContent === file",
            arg=file,
            polling=5,
        )
        taken.append(_milliseconds(began))
    return taken


def cell_to_photographs(page: Page, served: Served) -> list[float]:
    """From a click on a cell of the confusion matrix to its first photograph."""
    browser.open_tab(page, served, "evaluate")
    page.locator("[data-testid=card]:visible").first.wait_for()
    cells = "td.cell:not(.zero)"
    many = page.locator(cells).count()
    return [
        _in_page(page, f'document.querySelectorAll("{cells}")[{place % many}].click()')
        for place in range(TRIES)
    ]


def upload_to_answer(page: Page, served: Served) -> list[float]:
    """From a chosen file to the answer in words, each time another photograph."""
    browser.open_tab(page, served, "predict")
    upload = "#predict-upload input[type=file]"
    taken = []
    for number in range(TRIES + 1):
        rng = np.random.default_rng(9000 + number)
        picture = drawing.photograph(patients.person("Measles", 9000 + number), rng)
        data = drawing.jpeg(picture, 90)
        page.evaluate(
            """([upload, name]) => {
                const answer = document.querySelector("#predict-answer");
                window.answered = new Promise((resolve) => document.querySelector(upload)
                    .addEventListener("change", () => {
                        const began = performance.now();
                        const look = () => {
                            if (answer.textContent.includes(name))
                                resolve(performance.now() - began);
                            else requestAnimationFrame(look);
                        };
                        look();
                    }, { once: true, capture: true }));
            }""",
            [upload, f"new-{number}.jpg"],
        )
        page.locator(upload).first.set_input_files(
            {"name": f"new-{number}.jpg", "mimeType": "image/jpeg", "buffer": data}
        )
        taken.append(float(page.evaluate("() => window.answered")))
        page.wait_for_timeout(400)
    return taken[1:]  # the first one loads the checkpoint


def first_chart(page: Page, served: Served) -> list[float]:
    """From a click on Balance to its bars, in a page that has shown no chart yet.

    From the second page on the browser has the script of the charts in its cache.
    """
    taken = []
    for _ in range(TRIES + 1):
        fresh = page.context.new_page()
        browser.open_tab(fresh, served)
        fresh.wait_for_timeout(SETTLED)
        taken.append(_click(fresh, "balance"))
        fresh.close()
    return taken[1:]


def tab_switch(page: Page, served: Served) -> list[float]:
    """From a click on a tab that has been open before to what it shows."""
    browser.open_tab(page, served)
    for name in CONTENTS:
        _click(page, name)
        page.wait_for_timeout(SETTLED)
    taken = []
    for _ in range(TRIES // 2):
        for name in CONTENTS:
            taken.append(_click(page, name))
            page.wait_for_timeout(SETTLED // 4)
    return taken


MEASURES: Mapping[str, Measure] = {
    "page to first thumbnail": first_thumbnail,
    "next page to its first thumbnail": next_page,
    "filter to its first thumbnail": filtered,
    "key to saved and shown": key_to_saved,
    "arrow to details": arrow_to_detail,
    "matrix cell to its first thumbnail": cell_to_photographs,
    "upload to its answer": upload_to_answer,
    "first chart": first_chart,
    "tab switch": tab_switch,
}
"""What is measured, in the order of the journeys; a new one is a function and a line here."""


def _click(page: Page, name: str) -> float:
    """Return how long after a click on a tab its content is in sight."""
    return float(
        page.evaluate(
            """([tab, content]) => new Promise((resolve) => {
                const began = performance.now();
                const look = () => {
                    const shown = [...document.querySelectorAll(content)];
                    if (shown.some((element) => element.getBoundingClientRect().width))
                        requestAnimationFrame(() => resolve(performance.now() - began));
                    else requestAnimationFrame(look);
                };
                for (const button of document.querySelectorAll("[role=tab]"))
                    if (button.textContent.trim().toLowerCase().startsWith(tab)) {
                        button.click();
                        break;
                    }
                look();
            })""",
            [name, CONTENTS[name]],
        )
    )


def _until_other_cards(page: Page, key: str) -> float:
    return _in_page(
        page,
        "document.querySelector('[data-testid=grid]').dispatchEvent(new KeyboardEvent("
        f"'keydown', {{ key: '{key}', bubbles: true }}))",
    )


def _in_page(page: Page, action: str) -> float:
    """Return how long after an action other photographs stand first, loaded."""
    taken = page.evaluate(
        f"""() => new Promise((resolve) => {{
            const first = () => document.querySelector("[data-testid=card] img");
            const before = document.querySelector("[data-testid=grid]");
            const began = performance.now();
            const look = () => {{
                const now = document.querySelector("[data-testid=grid]");
                if (now !== before && first()?.naturalWidth) resolve(performance.now() - began);
                else requestAnimationFrame(look);
            }};
            {action};
            look();
        }})"""
    )
    page.wait_for_timeout(400)
    return float(taken)


def _browser(page: Page) -> Browser:
    found = page.context.browser
    if found is None:
        raise RuntimeError("the page has no browser")
    return found


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000


TITLE = "Waiting in the browser"
COLUMNS = ("from what to what, ms", "median", "least", "most", "tries")


def main(workspace: Path) -> None:
    """Serve a copy, measure everything, print a table."""
    program = browser.chromium()
    if program is None:
        sys.exit("No Chromium is installed on this machine.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(workspace, Path(folder) / "copy")
        began = time.perf_counter()
        served = browser.serve(Path(folder) / "copy", Path(folder) / "log")
        seconds = time.perf_counter() - began
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            with results.table("journeys", TITLE, COLUMNS) as measured:
                for name, measure in MEASURES.items():
                    context = started.new_context(viewport={"width": 1440, "height": 900})
                    context.add_init_script("sessionStorage.setItem('ai-mpox-test-asked', 'yes')")
                    taken = measure(context.new_page(), served)
                    figures = (statistics.median(taken), min(taken), max(taken))
                    measured.add(name, *(f"{ms:.0f}" for ms in figures), len(taken))
                    context.close()
                server = psutil.Process(served.process.pid)
                measured.note(f"From the command to the first answer: {seconds:.1f} s.")
                measured.note(f"The server afterwards: {server.memory_info().rss / 1e6:.0f} MB.")
        finally:
            started.close()
            served.stop()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.benchmarks.journeys WORKSPACE")
    main(Path(sys.argv[1]))
