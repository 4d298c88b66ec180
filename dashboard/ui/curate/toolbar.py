"""Above the grid: search, order, what is filtered now, and the ways to the next photographs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from core.types import Queue, SampleQuery, Sort
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.curate import words
from dashboard.ui.curate.facets import Choice, sorted_for_queue
from dashboard.ui.curate.sample_grid.component import SampleGrid
from dashboard.ui.shared import events, query_codec

Asked = tuple[SampleQuery, str, str]
LISTS = ("class", "split", "status", "queue")
"""Parameters of the address that may name several values."""
ORDER = ("sort", "desc")
"""Parameters that order, and do not filter."""


class Toolbar:
    """Search, sort, and chips that take their filter away when they are unticked."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        with gr.Row(elem_id="curate-tools", equal_height=True):
            self.filters = gr.Button("Filters", size="sm", min_width=70, elem_id="open-filters")
            self.search = gr.Textbox(
                value="",
                placeholder="File or patient",
                label="Search by file or patient",
                show_label=False,
                container=False,
                scale=3,
                min_width=140,
                elem_id="search",
                elem_classes=["key-slash"],
            )
            self.sort = gr.Dropdown(
                sort_choices(SampleQuery()),
                label="Sort by",
                show_label=False,
                container=False,
                filterable=False,
                min_width=140,
                elem_id="sort",
            )
            self.last_first = gr.Checkbox(
                label="Last first", container=False, min_width=100, elem_id="order"
            )
            self.review = gr.Button(
                "Review the best next",
                variant="primary",
                size="sm",
                min_width=170,
                elem_id="review-next",
                elem_classes=["key-q"],
            )
            self.map = gr.Button(
                "Map", size="sm", min_width=70, elem_id="open-map", elem_classes=["key-m"]
            )
        self.typed = gr.State("")
        with gr.Row(elem_id="curate-chips", visible=False) as self.filtered:
            self.chips = gr.CheckboxGroup(
                label="Filtered by", show_label=False, container=False, elem_id="chips"
            )
            self.clear = gr.Button("Clear all", size="sm", elem_id="clear-filters", min_width=80)

    @property
    def outputs(self) -> list[Any]:
        """What a query is drawn on; what is being typed stays."""
        return [self.sort, self.last_first, self.filtered, self.chips]

    def listen(self, grid: SampleGrid) -> None:
        """Let every tool ask the grid for other photographs."""
        tools = [grid, self.search, self.typed]
        self.search.input(
            lambda query, text: (replace(query, text=text.strip()), text.strip()),
            [grid, self.search],
            [grid, self.typed],
            **events.LAST,
        )
        gr.on(
            [self.sort.input, self.last_first.input],
            self.ordered,
            [grid, self.sort, self.last_first],
            grid,
            **events.LAST,
        )
        self.chips.input(self.without, [grid, self.chips], tools, **events.LAST)
        self.clear.click(everything, None, tools, **events.ONCE)
        self.review.click(best_next, None, tools, **events.ONCE)
        grid.input(self.text_of, tools, [self.search, self.typed], **events.LAST)
        grid.change(self.draw, grid, self.outputs, **events.LAST)

    def text_of(self, query: SampleQuery, shown: str, typed: str) -> tuple[Any, str]:
        """Return the text of a query that came from the grid, for the box and to remember.

        The box stays where a person has typed something since that is still on its way (it is
        not what was `typed` when a query was last made of it).
        """
        text = shown.strip()
        if text == query.text:
            return gr.skip(), query.text
        return (query.text, query.text) if text == typed else (gr.skip(), typed)

    def ordered(self, query: SampleQuery, sort: str, last_first: bool) -> SampleQuery:
        """Return a query in another order; any but by similarity forgets what is similar."""
        by = Sort(sort)
        similar = query.similar_to if by is Sort.SIMILARITY else None
        return replace(query, sort=by, descending=last_first, similar_to=similar)

    def without(self, query: SampleQuery, chips: Sequence[str]) -> Asked:
        """Return a query with those of its filters only whose chips are left."""
        return asking(left(query, chips))

    def draw(self, query: SampleQuery) -> list[Any]:
        """Return the order and the filters of a query."""
        chips = chip_choices(query, self._names(query))
        values = [value for _, value in chips]
        return [
            gr.update(choices=sort_choices(query), value=query.sort.value),
            query.descending,
            gr.update(visible=bool(chips)),
            gr.update(choices=chips, value=values),
        ]

    def _names(self, query: SampleQuery) -> dict[str, str]:
        """Return what the values of a query's parameters are called."""
        names = {f"class={info.id}": info.name for info in self._ctx.classes()}
        if query.patient is not None:
            name = browsing.patient_name(self._ctx.workspace, query.patient)
            names[f"patient={query.patient}"] = f"Patient {name or 'unknown'}"
        return names


def asking(query: SampleQuery) -> Asked:
    """Return a query, what the search shows of it, and what is remembered as typed."""
    return query, query.text, query.text


def everything() -> Asked:
    """Return the query without filters."""
    return asking(SampleQuery())


def best_next() -> Asked:
    """Return the query that shows what is best to ask next."""
    return asking(SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE))


def sort_choices(query: SampleQuery) -> list[Choice]:
    """Return the orders that a query can have."""
    choices = [(name, sort.value) for sort, name in words.SORTS.items()]
    if query.similar_to is not None:
        choices.append((words.SIMILARITY, Sort.SIMILARITY.value))
    return choices


def chip_choices(query: SampleQuery, names: dict[str, str]) -> list[Choice]:
    """Return a chip for every filter of a query; `names` are those of classes and patients."""
    fixed = {
        "class=none": words.NO_LABEL,
        "split=none": words.NO_SPLIT,
        **{f"split={key}": name for key, name in words.SPLITS.items()},
        **{f"status={key}": name for key, name in words.STATUSES.items()},
        **{f"queue={key}": name for key, name in words.QUEUES.items()},
        f"q={query.text}": f"“{query.text}”",
    }
    whole = {
        "cell": "One confusion cell",
        "area": "A part of the map",
        "like": "Most similar first",
    }
    return [
        (whole.get(name) or {**fixed, **names}.get(f"{name}={value}", value), f"{name}={value}")
        for name, value in _filters(query)
    ]


def left(query: SampleQuery, chips: Sequence[str]) -> SampleQuery:
    """Return a query without the filters that have no chip any more."""
    params = query_codec.to_params(query)
    kept = {name: params[name] for name in ORDER if name in params}
    for name, value in _filters(query):
        if f"{name}={value}" in chips:
            kept[name] = f"{kept[name]},{value}" if name in kept else value
    return sorted_for_queue(query_codec.from_params(kept))


def _filters(query: SampleQuery) -> Iterator[tuple[str, str]]:
    """Yield (parameter, value) of every filter of a query."""
    for name, text in query_codec.to_params(query).items():
        if name in ORDER:
            continue
        for value in text.split(",") if name in LISTS else [text]:
            yield name, value
