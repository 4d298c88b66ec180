"""How often Gradio's queue looks for events: often while somebody acts, else seldom.

Its loop sleeps a millisecond whenever nothing waits, all day long, also where nobody has a page
open.
"""

import asyncio
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

_JOIN = "/queue/join"
_ACTING, _RESTING = 0.001, 0.02
"""Seconds between two looks. The first event after a rest waits for half of the longer, on average;
those that follow it do not."""
_ACTING_SECONDS = 0.25
"""How long after an event the next one is expected."""
_PROGRESS = 0.5
"""Seconds between two looks for news of a running event; ours tell none."""


class Sleeper(Protocol):
    """What is set of `gradio.queueing.Queue`."""

    sleep_when_free: float
    progress_update_sleep_when_free: float


class QueuePace:
    """An ASGI middleware that sees events come."""

    def __init__(self, app: ASGIApp, queue: Sleeper) -> None:
        self.app = app
        self._queue = queue
        self._rest: asyncio.TimerHandle | None = None
        queue.sleep_when_free = _RESTING
        queue.progress_update_sleep_when_free = _PROGRESS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the queue look often for a while where a request brings an event."""
        if scope["type"] == "http" and scope["path"].endswith(_JOIN):
            self._queue.sleep_when_free = _ACTING
            if self._rest is not None:
                self._rest.cancel()
            loop = asyncio.get_running_loop()
            self._rest = loop.call_later(_ACTING_SECONDS, self._slow_down)
        await self.app(scope, receive, send)

    def _slow_down(self) -> None:
        self._queue.sleep_when_free = _RESTING
