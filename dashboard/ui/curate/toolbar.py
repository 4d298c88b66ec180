"""Above the grid: search, order, what is filtered now, and the ways to the next photographs."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from core.types import Queue, SampleQuery, Sort
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.ui.curate.facets import Choice, sorted_for_queue, written
from dashboard.ui.shared import events, query_codec, words
from dashboard.ui.shared.sample_grid.component import SampleGrid

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
        with gr.Row(elem_id="curate-chips", visible=False) as self.filtered:
            self.chips = gr.CheckboxGroup(
                label="Filtered by", show_label=False, container=False, elem_id="chips"
            )
            self.clear = gr.Button("Clear all", size="sm", elem_id="clear-filters", min_width=80)

    @property
    def controls(self) -> list[Any]:
        """What belongs to the form of the query, in the order that `read` takes it."""
        return [self.search, self.sort, self.last_first]

    @property
    def outputs(self) -> list[Any]:
        """What `draw` returns."""
        return [*self.controls, self.filtered, self.chips]

    def listen(self, grid: SampleGrid) -> None:
        """Let what asks for a whole query at once ask the grid for it."""
        self.chips.input(left, [grid, self.chips], grid, **events.LAST)
        self.clear.click(SampleQuery, None, grid, **events.ONCE)
        self.review.click(best_next, None, grid, **events.ONCE)

    def read(self, text: str, sort: str, last_first: bool) -> dict[str, Any]:
        """Return what is typed and chosen, as fields of a query."""
        return {"text": text.strip(), "sort": Sort(sort), "descending": last_first}

    def draw(self, query: SampleQuery, shown: SampleQuery) -> list[Any]:
        """Return the tools and the chips of a query; what `shown` has already stays as it is."""
        chips = chip_choices(query, self._names(query))
        return [
            gr.update(**written("text", query.text, query, shown)),
            gr.update(
                choices=sort_choices(query), **written("sort", query.sort.value, query, shown)
            ),
            gr.update(**written("descending", query.descending, query, shown)),
            gr.update(visible=bool(chips)),
            gr.update(choices=chips, value=[value for _, value in chips]),
        ]

    def _names(self, query: SampleQuery) -> dict[str, str]:
        """Return what the values of a query's parameters are called."""
        names = {f"class={info.id}": info.name for info in self._ctx.classes()}
        if query.patient is not None:
            name = browsing.patient_name(self._ctx.workspace, query.patient)
            names[f"patient={query.patient}"] = f"Patient {name or 'unknown'}"
        return names


def best_next() -> SampleQuery:
    """Return the query that shows what is best to ask next."""
    return SampleQuery(queues=(Queue.WORTH,), sort=Sort.SCORE)


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
