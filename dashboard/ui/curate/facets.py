"""The filters beside the grid, each choice with the number of photographs that it would show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from core.types import (
    SCORED,
    ClassId,
    ClassInfo,
    PatientId,
    Queue,
    SampleQuery,
    Sort,
    Split,
    Status,
)
from dashboard.runtime.context import AppContext
from dashboard.services.browsing import browsing
from dashboard.services.browsing.browsing import FacetCounts
from dashboard.ui.shared import words

NONE = "none"
"""The choice "without one" of a facet."""
ALL = ""
ANY = ("All photographs", ALL)
LONGEST_NAME = 26
"""Characters of a name beside its number."""
SPACE = "\u2005"
"""Within a name: the style sheet stretches only the space before its number (views.css)."""

Choice = tuple[str, str]
"""What is read, and its value."""


class Facets:
    """Radio buttons and check boxes whose choices say how many photographs they would show."""

    def __init__(self, ctx: AppContext) -> None:
        self._ctx = ctx
        facet: dict[str, Any] = {"container": True, "elem_classes": ["facet"], "min_width": 0}
        self.queue = gr.Radio(
            [ANY], label="Needs a look", value=ALL, elem_id="facet-queue", visible=False, **facet
        )
        self.label = gr.CheckboxGroup(label="Class", elem_id="facet-class", **facet)
        self.split = gr.CheckboxGroup(label="Split", elem_id="facet-split", **facet)
        self.status = gr.CheckboxGroup(label="Decision", elem_id="facet-status", **facet)
        self.patient = gr.Dropdown(
            [("All", ALL)],
            label="Patient",
            value=ALL,
            min_width=0,
            elem_id="facet-patient",
            elem_classes=["facet"],
        )

    @property
    def components(self) -> list[Any]:
        """The filters, in the order that `read` takes and `draw` returns them."""
        return [self.queue, self.label, self.split, self.status, self.patient]

    def read(
        self,
        queue: str,
        labels: Sequence[str],
        splits: Sequence[str],
        statuses: Sequence[str],
        patient: str,
    ) -> dict[str, Any]:
        """Return what is chosen, as fields of a query."""
        return {
            "queues": (Queue(queue),) if queue else (),
            "labels": tuple(None if value == NONE else ClassId(int(value)) for value in labels),
            "splits": tuple(None if value == NONE else Split(value) for value in splits),
            "statuses": tuple(Status(value) for value in statuses),
            "patient": PatientId(int(patient)) if patient else None,
        }

    def draw(self, query: SampleQuery, shown: SampleQuery, counts: FacetCounts) -> list[Any]:
        """Return every filter with the numbers of its choices, ticked anew where `shown` differs.

        Every chosen value is among the choices: Gradio refuses what has no choice.
        """
        name = None
        if query.patient is not None:
            name = browsing.patient_name(self._ctx.workspace, query.patient)
        people = patient_choices(counts, query, name)
        drawn = [
            ("queues", queue_choices(counts, query), query.queues[0] if query.queues else ALL),
            ("labels", class_choices(counts, query, self._ctx.classes()), _values(query.labels)),
            ("splits", split_choices(counts, query), _values(query.splits)),
            (
                "statuses",
                _numbered(words.STATUSES, counts.facets.statuses),
                _values(query.statuses),
            ),
        ]
        filters = [
            gr.update(
                choices=choices,
                visible=any(value for _, value in choices),
                **written(field, value, query, shown),
            )
            for field, choices, value in drawn
        ]
        patient = written("patient", str(query.patient or ALL), query, shown)
        return [*filters, gr.update(choices=people, visible=len(people) > 1, **patient)]


def written(field: str, value: Any, query: SampleQuery, shown: SampleQuery) -> dict[str, Any]:
    """Return the `value` of a control as keywords of its update; none where it shows it already.

    So an answer that comes late does not take back what a person has pressed meanwhile.
    """
    return {"value": value} if getattr(query, field) != getattr(shown, field) else {}


def sorted_for_queue(query: SampleQuery) -> SampleQuery:
    """Return a query in the order of its queue: a scored one opens with the most urgent."""
    scored = any(queue in SCORED for queue in query.queues)
    if scored and query.sort is Sort.ADDED:
        return replace(query, sort=Sort.SCORE, descending=False)
    if not scored and query.sort is Sort.SCORE:
        return replace(query, sort=Sort.ADDED, descending=False)
    return query


def queue_choices(counts: FacetCounts, query: SampleQuery) -> list[Choice]:
    """Return the queues that hold something, or are chosen, and the way out of them."""
    samples = counts.facets.queues
    names = {
        queue: name
        for queue, name in words.QUEUES.items()
        if samples.get(queue) or queue in query.queues
    }
    return [ANY, *_numbered(names, samples)]


def class_choices(
    counts: FacetCounts, query: SampleQuery, classes: Sequence[ClassInfo]
) -> list[Choice]:
    """Return the classes in their order, and the unlabelled where there are any."""
    samples = counts.facets.labels
    choices = [
        (numbered(f"{info.code} {info.name}", samples.get(info.id, 0)), str(info.id))
        for info in classes
    ]
    if samples.get(None) or None in query.labels:
        choices.append((numbered(words.NO_LABEL, samples.get(None, 0)), NONE))
    return choices


def split_choices(counts: FacetCounts, query: SampleQuery) -> list[Choice]:
    """Return the sides of the split on which anything stands, or which are chosen."""
    samples = counts.facets.splits
    names = {
        split: name
        for split, name in words.SPLITS.items()
        if samples.get(split) or split in query.splits or split is not Split.WITHHELD
    }
    choices = _numbered(names, samples) if any(samples) or any(query.splits) else []
    if samples.get(None) or None in query.splits:
        choices.append((numbered(words.NO_SPLIT, samples.get(None, 0)), NONE))
    return choices


def patient_choices(counts: FacetCounts, query: SampleQuery, name: str | None) -> list[Choice]:
    """Return the patients with most photographs, and the chosen one with the name `name`."""
    listed = [
        (f"{patient.name} · {patient.samples:,}", str(patient.id)) for patient in counts.patients
    ]
    if query.patient is not None and str(query.patient) not in dict((v, k) for k, v in listed):
        listed.insert(
            0, (f"{name or 'Unknown patient'} · {counts.facets.total:,}", str(query.patient))
        )
    more = counts.patient_total - len(counts.patients)
    everybody = f"All {counts.patient_total:,}" + (" (search for a name)" if more > 0 else "")
    return [(everybody, ALL), *listed]


def numbered(name: str, number: int) -> str:
    """Return a choice: its name, shortened where it is long, and its number."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return f"{short.replace(' ', SPACE)} {number:,}"


def _numbered(names: Mapping[Any, str], counted: Mapping[Any, int]) -> list[Choice]:
    return [(numbered(name, counted.get(key, 0)), str(key)) for key, name in names.items()]


def _values(chosen: Sequence[object]) -> list[str]:
    return [NONE if value is None else str(value) for value in chosen]
