"""Fixtures of the journeys: a demo workspace, a served dashboard, a page that notices faults."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.settings import presets
from core.types import RunStatus
from dashboard.services.importing import importer
from dashboard.services.queues import encoders, refresh
from dashboard.services.runs.estimates import Estimates
from dashboard.services.runs.trainer import Trainer
from storage.workspace.folder import Workspace
from tests.core.jobs import job_examples
from tests.journeys import browser
from tests.journeys.browser import Served, Watch

PATIENCE = 45_000
"""Milliseconds until something that does not come is a failure, also on a busy machine."""
expect.set_options(timeout=PATIENCE)

Serve = Callable[..., Served]
OpenPage = Callable[..., Page]
Screenshot = Callable[[Page, str], Path]

READY_WORKSPACE = "AI_MPOX_JOURNEY_WORKSPACE"
"""Names a workspace with the demo set and a trained model to copy instead of making one."""
SCREENSHOTS = "AI_MPOX_SCREENSHOTS"
"""Names the folder in which the journeys leave their pictures."""


# One event loop for all journeys, closed before other tests start theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running browser; without one the journeys skip, but never where everything must be."""
    program = browser.chromium()
    if program is None:
        reason = "no Chromium is installed on this machine"
        if os.environ.get("AI_MPOX_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="package")
def demo_original(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo set with a small trained run that is active; made once, never opened in place."""
    del chromium  # asked for so that nothing is trained where the journeys skip
    ready = os.environ.get(READY_WORKSPACE)
    if ready:
        return Path(ready)
    # The processes that share the tests share the demo, too: its queues take a minute.
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        together = together.parent
    folder, made = together / "journeys" / "demo", together / "journeys" / "made"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not made.exists():
            _make_demo(folder)
            made.touch()
    return folder


def _make_demo(folder: Path) -> None:
    workspace = Workspace.open(folder)
    importer.run_demo(workspace)
    trainer = Trainer(workspace, serving=True)
    small = presets.named("balanced", init="random", image_size=64, epochs=12, tta_views=1)
    run = trainer.wait(trainer.start(small), lambda event: None)
    # Made beforehand, so that nothing is computed behind the journeys until they decide something;
    # by a network of few weights, so that what they decide is followed by new queues soon.
    encoders.of(workspace, job_examples.BACKBONE, "random")
    refresh.refresh(workspace)
    # Or each page of Train would measure this machine anew.
    estimates = Estimates(workspace, trainer.threads)
    while estimates.expect(presets.named("balanced")).measuring:
        time.sleep(0.2)
    estimates.close()
    workspace.close()
    assert run.status is RunStatus.FINISHED, run.message


@pytest.fixture
def demo(demo_original: Path, tmp_path: Path) -> Path:
    """A copy of the demo workspace (no process has it open) that a test may change."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_original, folder)
    return folder


@pytest.fixture(scope="package")
def looked_at(demo_original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One served demo for all journeys that only look: nothing may be decided there."""
    folder = tmp_path_factory.mktemp("looked-at")
    shutil.copytree(demo_original, folder / "demo")
    served = browser.serve(folder / "demo", folder / "served.log")
    yield served
    served.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """`serve(folder, **environment)`: a dashboard over a workspace, stopped after the test."""
    started: list[Served] = []

    def start(folder: Path, **more: str) -> Served:
        log = tmp_path / f"served-{len(started)}.log"
        started.append(browser.serve(folder, log, **more))
        return started[-1]

    yield start
    for served in started:
        served.stop()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """`open_page(served, size=..., dark=..., faults=...)`: an empty page of a new visitor.

    After the test nothing may have gone wrong on it: no error in the console or in a script, no
    request to another host. With `faults=True` (the dashboard is killed meanwhile) that is not
    asked. Open a tab with `browser.open_tab(page, served, "evaluate", run=...)`.
    """
    visits = []

    def visit(
        served: Served,
        size: tuple[int, int] = browser.DESKTOP,
        *,
        dark: bool = False,
        faults: bool = False,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch = Watch(host=f"127.0.0.1:{served.port}")
        watch.on(page)
        visits.append((context, watch, faults))
        return page

    yield visit
    for context, _, _ in visits:
        context.close()
    assert [fault for _, watch, faults in visits if not faults for fault in watch.faults] == []


@pytest.fixture
def demo_page(demo: Path, serve: Serve, open_page: OpenPage) -> tuple[Page, Served]:
    """The demo served, and its Curate tab at 1440 x 900."""
    served = serve(demo)
    page = open_page(served)
    browser.open_tab(page, served)
    return page, served


@pytest.fixture
def screenshot(tmp_path: Path) -> Screenshot:
    """`screenshot(page, name)` writes NAME.png and returns its path."""
    folder = Path(os.environ.get(SCREENSHOTS) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: browser.picture(page, folder / f"{name}.png")
