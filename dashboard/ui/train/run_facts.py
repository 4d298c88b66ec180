"""Everything about one run in rows of two columns: what it was given, ran on and cost."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from core.devices.resource_usage import Cost
from core.types import Run
from dashboard.services.runs import run_labels
from dashboard.services.runs.run_details import RunDetails
from dashboard.ui.shared import amounts, events
from dashboard.ui.train import setting_words

COLUMNS = ["About", "What", "Value"]


def table(run: Run, details: RunDetails) -> pd.DataFrame:
    """Return a row per fact."""
    sections: dict[str, Mapping[str, str]] = {
        "Data": _data(run, details),
        "Cost": dict(_cost(run, details)),
        "Settings": _named(details.settings),
        "Machine": _named(details.hardware),
        "Transforms": details.transforms,
        "Packages": details.versions,
    }
    rows = [
        (section, name, str(value))
        for section, facts in sections.items()
        for name, value in facts.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def heading(run: Run) -> str:
    """Return as Markdown which run this is, where it comes from, and how it ended."""
    stamps = " · ".join(run_labels.stamps(run)) or "finished"
    lines = [
        f"### Run {run.number} · {events.md(run_labels.network(run))} · {stamps}",
        events.md(_origin(run)),
    ]
    if run.leaky:
        lines.append(f"> ✕ Leaky: {events.md(run_labels.LEAKY_SENTENCE)}")
    if run.message:
        lines.append(f"> {events.md(run.message)}")
    return "\n\n".join(lines)


def _origin(run: Run) -> str:
    parts = [f"Started {amounts.moment(run.created)}", run_labels.effort(run)]
    if run.automatic:
        parts.append("by itself, after enough decisions")
    if run.repeats:
        parts.append(f"after run {run.repeats}")
    return ", ".join(parts)


def _data(run: Run, details: RunDetails) -> dict[str, str]:
    labels = "when it was started" if run.as_of is None else amounts.moment(run.as_of)
    return {
        "Images": ", ".join(f"{n:,} {side}" for side, n in details.images.items() if n) or "–",
        "Labels of": labels,
        "Fingerprint": run.fingerprint,
        "Split": f"version {run.split_version}, {run.split_kind}",
        "Test version": run.test_version or "–",
        "Test opened": amounts.count(run.test_opened, "time"),
    }


def _cost(run: Run, details: RunDetails) -> Iterator[tuple[str, str]]:
    cost = details.cost or Cost()
    seconds = run.seconds if run.seconds is not None else cost.seconds
    yield "Duration", amounts.duration(seconds) if seconds else "–"
    if cost.starts:
        yield "Processor", f"{amounts.number(cost.cpu_seconds)} s of all cores together"
        used = f"{amounts.number(cost.gpu_seconds)} s" if cost.gpu_seconds else "none used"
        yield "Graphics card", used
        yield "Processes", amounts.count(cost.starts, "start")
    if run.images_per_second:
        yield "Speed", f"{amounts.number(run.images_per_second)} images per second"


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        setting_words.name(key): setting_words.value(value, key) for key, value in values.items()
    }
