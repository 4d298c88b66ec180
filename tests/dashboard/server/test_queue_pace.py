"""How often Gradio's queue looks for events."""

import asyncio
from types import SimpleNamespace

from starlette.types import Receive, Scope, Send

from dashboard.server.queue_pace import QueuePace


def test_the_queue_looks_often_for_a_while_after_an_event_and_seldom_otherwise() -> None:
    queue = SimpleNamespace(sleep_when_free=0.001, progress_update_sleep_when_free=0.01)
    asked = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append((scope["path"], queue.sleep_when_free))

    async def visit() -> list[float]:
        pace = QueuePace(app, queue)
        for path in ("/", "/gradio_api/queue/data", "/gradio_api/queue/join"):
            await pace({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]
        now = [queue.sleep_when_free]
        await asyncio.sleep(0.15)
        await pace({"type": "http", "path": "/gradio_api/queue/join"}, None, None)  # type: ignore[arg-type]
        await asyncio.sleep(0.15)
        now.append(queue.sleep_when_free)
        await asyncio.sleep(0.4)
        return [*now, queue.sleep_when_free]

    acting, still, resting = asyncio.run(visit())
    assert acting == still < resting
    assert [pace for path, pace in asked if not path.endswith("join")] == [resting, resting]
    assert [pace for path, pace in asked if path.endswith("join")] == [acting, acting]
