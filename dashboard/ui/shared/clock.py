"""One timer for the page: it compares cheap stamps on the server and calls who has to be called."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.services.browsing.stamps import TOPICS, Topic
from dashboard.ui.shared import events

SECONDS = 1.0
FIRST_TAB = "curate"


class Clock:
    """Calls handlers when the page opens and whenever their topic has changed since.

    What lies in a tab that is closed is brought up to date when the tab opens. To be made inside
    the Blocks; `start` is called when all tabs have been built.

    Each pair of topics and tab has a `gr.State` with the stamp that its handlers have seen; Gradio
    triggers `change` only where a new stamp differs. While nothing changes, a tick is one event
    without outputs that the page has to draw.
    """

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self._timer = gr.Timer(SECONDS)
        self._seen: dict[tuple[tuple[Topic, ...], str | None], gr.State] = {}

    def on(
        self,
        topic: Topic | Sequence[Topic],
        handler: Callable[..., Any],
        outputs: Any = None,
        inputs: Any = None,
    ) -> None:
        """Call `handler` when the page opens and when one of the topics has changed.

        It takes the values of `inputs`, and may take a `gr.Request`, whose `query_params` are
        those of the address in the browser at that moment. Its tab is that of the first output.
        """
        first = outputs[0] if isinstance(outputs, list | tuple) else outputs
        topics: tuple[Topic, ...] = (topic,) if isinstance(topic, str) else tuple(topic)
        self._state(topics, tab_of(first)).change(
            events.shown(handler), inputs, outputs, trigger_mode="always_last", **events.QUIET
        )

    def opened(self, handler: Callable[..., Any], outputs: Any, inputs: Any = None) -> None:
        """Call `handler` whenever the tab of the first output opens, whatever has changed.

        For who follows an address that another tab has left there.
        """
        first = outputs[0] if isinstance(outputs, list | tuple) else outputs
        tab = _tab_around(first)
        if tab is not None:
            tab.select(events.shown(handler), inputs, outputs, **events.QUIET)

    def start(self, page: gr.Blocks, tabs: Sequence[gr.Tab]) -> None:
        """Begin to compare: when the page opens, every second, and when a tab opens."""
        outputs = list(self._seen.values())
        if not outputs:
            return
        gr.on([page.load, self._timer.tick], self.tick, None, outputs, **events.QUIET)
        for tab in tabs:
            if any(name == tab.id for _, name in self._seen):
                tab.select(self._opening(str(tab.id)), None, outputs, **events.QUIET)

    def tick(self, request: gr.Request) -> Any:
        """Return the stamps of now for what lies in the open tab or in none."""
        return self._stamps(str(request.query_params.get("tab") or FIRST_TAB))

    def _opening(self, tab: str) -> Callable[[], Any]:
        def opened() -> Any:
            return self._stamps(tab)

        return opened

    def _stamps(self, tab: str) -> Any:
        now = self._ctx.stamps.read()
        return [
            " ".join(now[topic] for topic in topics) if place in (tab, None) else gr.skip()
            for topics, place in self._seen
        ]

    def _state(self, topics: tuple[Topic, ...], tab: str | None) -> gr.State:
        if unknown := set(topics) - set(TOPICS):
            raise ValueError(f"no such topic: {unknown}")
        if (topics, tab) not in self._seen:
            self._seen[topics, tab] = gr.State("")
        return self._seen[topics, tab]


def tab_of(component: Any) -> str | None:
    """Return the id of the page's tab that a component lies in; None outside of all tabs."""
    tab = _tab_around(component)
    return None if tab is None else str(tab.id)


def _tab_around(component: Any) -> gr.Tab | None:
    """Return the outermost tab around a component: a tab may hold tabs of its own."""
    tab, block = None, component
    while block is not None:
        if isinstance(block, gr.Tab):
            tab = block
        block = block.parent
    return tab
