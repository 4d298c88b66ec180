"""A served dashboard and a real browser: what the journeys drive."""

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import ConsoleMessage, Locator, Page, Request

from storage.workspace.folder import DATABASE_FILE

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-c", "from dashboard.cli import main; main()"]
START_SECONDS = 120
STOP_SECONDS = 30
DESKTOP = (1440, 900)
TABLET = (1024, 768)
PHONE = (390, 844)
SHOWN = {
    "evaluate": "#confusion-matrix table, #evaluate-empty",
    "predict": "#predict-upload button, #predict-empty",
}
"""What there is on a tab as soon as it can be used."""
LARGEST_PICTURE = 400_000
"""Bytes of a screenshot; a larger one is stored with 256 colours."""


def chromium() -> str | None:
    """Return the program of an installed Chromium, or None."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


def command(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `ai-mpox` with these words in a child process; `more` are environment variables."""
    return subprocess.run(
        [*CLI, *map(str, words)],
        cwd=ROOT,
        env=environment(more),
        text=True,
        capture_output=True,
        check=False,
    )


def document(*words: str | Path) -> Any:
    """Return what a command prints with `--json`; it must not fail."""
    done = command(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def labels(folder: Path, where: str = "1") -> dict[str, str | None]:
    """Return sample -> class as SQLite has them now, read beside the dashboard."""
    query = f"""SELECT s.id, c.name FROM samples s LEFT JOIN classes c ON c.id = s.label
                WHERE {where} ORDER BY s.number"""
    with contextlib.closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        return dict(connection.execute(query).fetchall())


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Return what SQLite answers, read beside the dashboard."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        return [tuple(row) for row in connection.execute(query).fetchall()]


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with one thread for arithmetic, and more."""
    return {**os.environ, "OMP_NUM_THREADS": "1", **more}


@dataclass(kw_only=True)
class Served:
    """A dashboard in a process of its own."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """Return what it has printed."""
        return self.log.read_text()

    def kill(self) -> None:
        """Kill it at once, as the system does when memory is short."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def serve(folder: Path, log: Path, command: str = "serve", **more: str) -> Served:
    """Start `ai-mpox serve` (or `demo`) on a free port and wait until it answers."""
    port = free_port()
    words = [command, "--workspace", str(folder), "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*CLI, *words], cwd=ROOT, env=environment(more), text=True, stdout=out, stderr=out
        )
    served = Served(process=process, folder=folder, port=port, log=log)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(served.url):
        if process.poll() is not None or time.monotonic() > deadline:
            served.kill()
            raise AssertionError(f"the dashboard did not start:\n{served.said()}")
        time.sleep(0.1)
    return served


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@dataclass(kw_only=True)
class Watch:
    """What must not happen on a page: errors in the console, requests to another host."""

    host: str
    faults: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Begin to listen."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"request to another host: {request.url}")


def open_tab(page: Page, served: Served, tab: str = "curate", **address: str) -> None:
    """Open a tab by its address and wait until it shows something."""
    words = {"tab": "" if tab == "curate" else tab, **address}
    query = "&".join(f"{name}={value}" for name, value in words.items() if value)
    page.goto(f"{served.url}/?{query}" if query else f"{served.url}/")
    if tab == "curate":
        shown = page.locator("[data-testid=card], #empty-import")
    else:
        ordinary = f"#tab-{tab} :is(.prose, button)"
        shown = page.locator(SHOWN.get(tab, ordinary))
    shown.locator("visible=true").first.wait_for()


def facet(page: Page, name: str, choice: str) -> Locator:
    """Return a choice of a filter, as it is read: facet(page, "class", "Measles")."""
    return page.locator(f"#facet-{name} label").filter(has_text=choice)


def view(page: Page, name: str) -> None:
    """Open a view of the Curate tab, "Ledger" or "Import"."""
    page.get_by_role("tab", name=name, exact=True).click()


def picture(page: Page, path: Path) -> Path:
    """Write what the window shows as a small PNG."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    image.save(path, optimize=True)
    if path.stat().st_size > LARGEST_PICTURE:
        image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    return path
