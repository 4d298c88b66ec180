"""A served dashboard under load, asked as browsers ask it: over HTTP, each visitor a session.

A part of `tests.benchmarks.loop`: predictions at once and in a row, and curators beside a training;
meanwhile `/healthz` is asked ten times a second.
"""

import asyncio
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import psutil

from core.types import SampleId
from tests.benchmarks.results import Table, spread
from tests.journeys.browser import Served

MANY, IN_A_ROW = 200, 1000
CURATORS = 20
CURATING_SECONDS = 300.0
PAUSE = 1.0
"""Mean seconds between the decisions of one curator."""
CHOOSING = 3.0
"""Seconds in which a person chooses a file, and the checkpoint is loaded."""
FIRST = f"first prediction after the start, {CHOOSING:.0f} s after Predict was opened, over HTTP"
HEALTH_EVERY = 0.1


@dataclass
class Load:
    """What visitors have met."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    """Places in the queue that visitors were told."""


class Dashboard:
    """The served dashboard as its pages know it."""

    def __init__(self, client: httpx.AsyncClient, config: dict[str, Any]) -> None:
        self._client = client
        listeners = config["dependencies"]
        self._classify = next(each["id"] for each in listeners if each["api_name"] == "classify")
        ids = {each["props"].get("elem_id"): each["id"] for each in config["components"]}
        self._grid = ids["grid-curate"]
        self._opened = {
            each["id"]: [None] * len(each["inputs"])
            for each in listeners
            if [ids["tab-predict"], "select"] in each["targets"]
        }

    @classmethod
    async def open(cls, client: httpx.AsyncClient) -> "Dashboard":
        return cls(client, (await client.get("/config")).json())

    async def predict(self, data: bytes, session: str, load: Load) -> None:
        """Upload a photograph in a page and wait for everything that is said about it."""
        began = time.perf_counter()
        sent = await self._client.post(
            "/gradio_api/upload", files={"files": ("photo.jpg", data, "image/jpeg")}
        )
        photo = {
            "path": sent.json()[0],
            "orig_name": "photo.jpg",
            "meta": {"_type": "gradio.FileData"},
        }
        await self._ask(self._classify, [photo, "visitor"], session, load)
        load.taken.append(time.perf_counter() - began)

    async def open_predict(self) -> None:
        """Do what a page does when its tab Predict opens."""
        for listener, values in self._opened.items():
            await self._ask(listener, values, uuid.uuid4().hex, Load())

    async def _ask(self, listener: int, values: list[Any], session: str, load: Load) -> None:
        """Send an event and wait for its end."""
        body = {"data": values, "fn_index": listener, "session_hash": session}
        joined = await self._client.post("/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            load.errors.append(joined.text)
            return
        async for message in self._messages(session):
            if message["msg"] == "estimation":
                load.ranks.append(message["rank"])
            if message["msg"] == "process_completed":
                if not message["success"]:
                    load.errors.append(str(message["output"]))
                break

    async def _messages(self, session: str) -> AsyncIterator[dict[str, Any]]:
        path = f"/gradio_api/queue/data?session_hash={session}"
        async with self._client.stream("GET", path) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    async def keep(self, sample: SampleId, who: str, load: Load) -> None:
        """Decide that a label is right, as a key in the grid does."""
        began = time.perf_counter()
        answer = await self._client.post(
            "/gradio_api/component_server",
            json={
                "data": {"kind": "keep", "who": who, "choices": [{"id": sample}]},
                "component_id": self._grid,
                "fn_name": "decide",
                "session_hash": who,
            },
        )
        if answer.status_code != 200 or answer.json().get("applied") != 1:
            load.errors.append(answer.text)
        load.taken.append(time.perf_counter() - began)


@asynccontextmanager
async def health(client: httpx.AsyncClient) -> AsyncIterator[list[float]]:
    """Ask for the health all the while; give the seconds of each answer."""
    taken: list[float] = []

    async def ask() -> None:
        while True:
            began = time.perf_counter()
            await client.get("/healthz")
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(HEALTH_EVERY)

    asking = asyncio.create_task(ask())
    try:
        yield taken
    finally:
        asking.cancel()


Work = Callable[[Dashboard, Load], Awaitable[None]]
_MANY = httpx.Limits(max_connections=None, max_keepalive_connections=50)


class Measured:
    """Fills the table from loads on one served dashboard."""

    def __init__(self, table: Table, served: Served) -> None:
        self._table = table
        self._served = served
        self._process = psutil.Process(served.process.pid)

    def memory(self) -> float:
        """Return the server's resident memory in megabytes."""
        return float(self._process.memory_info().rss / 1e6)

    async def row(self, name: str, work: Work, wanted: str, beside: str = "") -> None:
        """Let visitors do something, and add what they met."""
        load, before = Load(), self.memory()
        async with (
            httpx.AsyncClient(base_url=self._served.url, timeout=600, limits=_MANY) as client,
            httpx.AsyncClient(base_url=self._served.url, timeout=600) as other,
        ):
            dashboard = await Dashboard.open(client)
            async with health(other) as healthy:
                await work(dashboard, load)
        memory = f"server {before:.0f} -> {self.memory():.0f} MB"
        told = f", told up to {max(load.ranks)} before them" if max(load.ranks, default=0) else ""
        ours = f"{spread(load.taken)}, {len(load.errors)} of {len(load.taken)} failed; {memory}"
        meanwhile = f"`/healthz` meanwhile: {spread(healthy)}"
        self._table.add(
            f"{name}{told}", ours, "; ".join(part for part in (beside, meanwhile) if part), wanted
        )
        for error in load.errors[:3]:
            print("error:", error[:300], file=sys.stderr)


def predictions(table: Table, served: Served, files: Sequence[bytes]) -> None:
    """Let visitors predict: one, many at once, many in a row."""
    measured = Measured(table, served)

    async def one(dashboard: Dashboard, load: Load) -> None:
        await dashboard.open_predict()
        await asyncio.sleep(CHOOSING)
        await dashboard.predict(files[0], "first", load)

    async def at_once(dashboard: Dashboard, load: Load) -> None:
        each = (dashboard.predict(files[n % len(files)], f"page {n}", load) for n in range(MANY))
        await asyncio.gather(*each)

    async def in_a_row(dashboard: Dashboard, load: Load) -> None:
        for number in range(IN_A_ROW):
            await dashboard.predict(files[number % len(files)], "one page", load)

    async def all_of_them() -> None:
        await measured.row(FIRST, one, "1 s")
        wanted = "0 failed, health 100 ms, memory back"
        await measured.row(f"{MANY} predictions at once, over HTTP", at_once, wanted)
        await measured.row(f"{IN_A_ROW} predictions in a row, over HTTP", in_a_row, "memory flat")

    asyncio.run(all_of_them())


def curators(table: Table, served: Served, ids: Sequence[SampleId], beside: str) -> None:
    """Let many people decide at once; `beside` says what one decision is compared with."""

    async def curate(dashboard: Dashboard, load: Load) -> None:
        until = time.perf_counter() + CURATING_SECONDS

        async def curator(number: int) -> None:
            rng = np.random.default_rng(number)
            while time.perf_counter() < until:
                await asyncio.sleep(float(rng.exponential(PAUSE)))
                chosen = ids[int(rng.integers(len(ids)))]
                await dashboard.keep(chosen, f"curator {number}", load)

        await asyncio.gather(*(curator(number) for number in range(CURATORS)))

    name = f"{CURATORS} curators for {CURATING_SECONDS:.0f} s beside a training, over HTTP"
    wanted = "p50 50 ms, p95 300 ms, 0 refused"
    asyncio.run(Measured(table, served).row(name, curate, wanted, beside))
