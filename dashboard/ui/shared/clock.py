"""The page's clock: it asks for one cheap stamp every second, and calls who has to be called."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from dashboard.runtime.context import AppContext
from dashboard.services.browsing.stamps import TOPICS, Topic
from dashboard.ui.shared import events

SECONDS = 1.0
PATH = "/stamp"
"""Where a page asks whether anything has changed: a small route, no event of Gradio's."""
_ASK = f"""() => (window.mpxStamp ??= fetch("{PATH}", {{ signal: AbortSignal.timeout(10_000) }})
  .then((answer) => (answer.ok ? answer.text() : "lost"))
  .catch(() => "lost")
  .finally(() => (window.mpxStamp = null)))"""
"""One question at a time. A server that does not answer is a change, too: the event that follows is
Gradio's to report."""
_AGAIN = "() => ''"
"""What could not be read is read with the next tick."""
Key = tuple[tuple[Topic, ...], str | None]
"""Topics, and the id of the tab whose handlers follow them; None for what lies outside of tabs."""


class Clock:
    """Calls handlers when the page opens and whenever their topic has changed since.

    What lies in a tab that is closed is brought up to date when the tab opens. To be made inside
    the Blocks; `start` is called when all tabs have been built.

    Each pair of topics and tab has a `gr.State` with the stamp that its handlers have seen; Gradio
    triggers `change` only where a new stamp differs. While nothing changes at all, no event of
    Gradio's is sent: the page compares one stamp of everything by itself.
    """

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        self._seen: dict[Key, gr.State] = {}

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
        self.changes(topic, first)(events.shown(handler), inputs, outputs, **events.LAST)

    def changes(self, topic: Topic | Sequence[Topic], inside: Any) -> Callable[..., Any]:
        """Return what `on` listens to, as a trigger for `gr.on`; its tab is that of `inside`."""
        topics: tuple[Topic, ...] = (topic,) if isinstance(topic, str) else tuple(topic)
        return self._state(topics, tab_of(inside)).change

    def opened(self, handler: Callable[..., Any], outputs: Any, inputs: Any = None) -> Any:
        """Call `handler` whenever the tab of the first output opens, whatever has changed.

        For who follows what another tab has left, as in the address. Returns the listener.
        """
        first = outputs[0] if isinstance(outputs, list | tuple) else outputs
        tab = _tab_around(first)
        if tab is None:
            raise ValueError("what is called when a tab opens has to lie in one")
        return tab.select(events.shown(handler), inputs, outputs, **events.LAST)

    def start(self, page: gr.Blocks, tabs: Sequence[gr.Tab]) -> None:
        """Begin to compare: when the page opens, when a tab opens, and every second in that tab.

        Each tab has a listener of its own with the states of that tab alone: Gradio's page triggers
        `change` of every state among the outputs of its first event, whatever the server says.
        """
        everywhere = self._states(None)
        if everywhere:
            page.load(self._reader(None), None, list(everywhere.values()), **events.ONCE)
        timers = [gr.Timer(SECONDS, active=False) for _ in tabs]
        for tab, timer in zip(tabs, timers, strict=True):
            own = self._states(str(tab.id))
            arrive = self._opener(str(tab.id), [each is timer for each in timers])
            tab.select(arrive, None, [*timers, *own.values()], **events.LAST)
            if shown := {**own, **everywhere}:
                seen = gr.Textbox(visible="hidden")
                timer.tick(None, None, seen, js=_ASK, **events.ONCE)
                read = self._reader(str(tab.id), None)
                changed = seen.change(read, None, list(shown.values()), **events.LAST)
                changed.failure(None, None, seen, js=_AGAIN)

    def _states(self, *places: str | None) -> dict[Key, gr.State]:
        return {key: state for key, state in self._seen.items() if key[1] in places}

    def _reader(self, *places: str | None) -> Callable[[], Any]:
        """Return a handler that returns the stamps of now of the states of these places."""

        def read() -> Any:
            stamps = self._stamps(*places)
            return stamps if len(stamps) > 1 else stamps[0]

        return read

    def _opener(self, tab: str, running: Sequence[bool]) -> Callable[[], list[Any]]:
        """Return a handler that lets one tab's timer run alone, and returns that tab's stamps."""

        def arrive() -> list[Any]:
            return [*(gr.Timer(active=active) for active in running), *self._stamps(tab)]

        return arrive

    def _stamps(self, *places: str | None) -> list[str]:
        now = self._ctx.stamps.read()
        keys = [key for place in places for key in self._states(place)]
        return [" ".join(now[topic] for topic in topics) for topics, _ in keys]

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
