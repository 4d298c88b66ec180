"""The page as it is first sent: an ASGI middleware around Gradio.

Two things that Gradio lets a page do only by script in the browser, after it has drawn itself: its
own `head` is added there, and whatever tab a link names, the first one is opened before, with all
that it asks the server for.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD, HEAD_END = b"<head>", b"</head>"
SELECTED = b'"selected":"%s"'


class OpeningPage:
    """Adds HTML to the page at `/`, and opens it at the tab that its address names.

    `first` and `last`: what its head begins and ends with. A browser fetches in this order.
    `tabs`: the parameters that name an open tab, and the ids of those tabs, of which Gradio opens
    the first. A name that no tab has opens that one.
    """

    def __init__(
        self, app: ASGIApp, first: str, last: str, tabs: Mapping[str, Sequence[str]]
    ) -> None:
        self.app = app
        self.first = HEAD + first.encode()
        self.last = last.encode() + HEAD_END
        self.tabs = tabs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand everything on; the answer to a request for the page is sent as one body."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        del headers["accept-encoding"]  # what is compressed could not be changed
        start: Message = {}
        body = bytearray()

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            whole = self._changed(bytes(body), scope["query_string"].decode("latin-1"))
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, gather)

    def _changed(self, page: bytes, query: str) -> bytes:
        page = page.replace(HEAD, self.first, 1).replace(HEAD_END, self.last, 1)
        named = parse_qs(query)
        for name, tabs in self.tabs.items():
            if (tab := named.get(name, [""])[-1]) in tabs:
                page = page.replace(SELECTED % tabs[0].encode(), SELECTED % tab.encode(), 1)
        return page
