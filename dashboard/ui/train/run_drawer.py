"""Everything about one run, for the drawer: what it was given, ran on, cost and said."""

from collections.abc import Mapping
from typing import Any

from core.types import Run, RunStatus
from dashboard.services.runs.run_details import RunDetails
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table, setting_words

ALIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


def html(run: Run, found: RunDetails) -> str:
    """Return the content of the drawer; its script beside the table wires the buttons."""
    problem = markup.notice("bad", run.message) if _failed(run) else ""
    said = "" if _failed(run) or not run.message else f"<p>{text(run.message)}</p>"
    return (
        f'<div class="mpx-stack mpx-run" data-run="{text(run.id)}" data-testid="run-details">'
        f'<p class="mpx-row">{run_table.stamps(run)}<span class="mpx-quiet">{_origin(run)}</span>'
        f"</p>{problem}{said}{_actions(run)}"
        f"{_log(found)}"
        f"{_facts('Data', _data(run, found))}{_facts('Cost', _cost(run, found))}"
        f"{_facts('Settings', _named(found.settings))}"
        f"{_facts('Transforms', found.transforms)}"
        f"{_facts('Machine', _named(found.hardware))}{_facts('Packages', found.versions)}</div>"
    )


def _failed(run: Run) -> bool:
    return run.status in (RunStatus.FAILED, RunStatus.INTERRUPTED)


def _origin(run: Run) -> str:
    parts = [f"Started {markup.moment(run.created)}"]
    if run.automatic:
        parts.append("by itself, after enough decisions")
    if run.repeats:
        parts.append(f"after run {run.repeats}")
    return text(", ".join(parts))


def _actions(run: Run) -> str:
    """Return what can be done with a run, beside what stands in its row."""
    again = _button("Run again", "again", run)
    day = (
        '<label class="mpx-day">Labels of <input type="date" name="as_of" '
        'aria-label="Labels of this day" data-testid="again-day"></label>'
    )
    repeat = _button("Repeat exactly", "repeat", run)
    hide = ""
    if run.hidden:
        hide = _button("Bring back", "unhide", run)
    elif not run.active and run.status not in ALIVE:
        hide = _button(
            "Hide",
            "hide",
            run,
            confirm=f"Run {run.number} leaves the table. Its files and numbers stay, and it can be "
            "brought back.",
        )
    return (
        f'<div class="mpx-row">{again}{day}</div>'
        f'<p class="mpx-quiet">Run again takes these settings and the labels of now, or of the end '
        f"of the day that you choose. Repeat exactly takes the very same images and labels.</p>"
        f'<div class="mpx-row">{repeat}{hide}</div>'
    )


def _button(label: str, action: str, run: Run, confirm: str | None = None) -> str:
    made = markup.button(label, action, run=run.id, testid=f"run-{action}", confirm=confirm)
    return made.replace('class="button"', 'class="mpx-button"', 1)


def _log(found: RunDetails) -> str:
    lines = "\n".join(found.log) or "Nothing yet."
    trouble = ""
    if found.traceback:
        trouble = (
            '<details open><summary>Where the error happened</summary><pre tabindex="0" '
            f'data-testid="run-traceback">{text(found.traceback)}</pre></details>'
        )
    return (
        '<section><div class="mpx-row mpx-head"><h3>Log</h3><button type="button" '
        'class="mpx-button small" data-copy data-testid="copy-log">Copy</button></div>'
        f'<pre tabindex="0" aria-label="Log" data-testid="run-log">{text(lines)}</pre>{trouble}'
        "</section>"
    )


def _data(run: Run, found: RunDetails) -> dict[str, str]:
    labels = "when it was started" if run.as_of is None else markup.moment(run.as_of)
    return {
        "Images": ", ".join(f"{n:,} {side}" for side, n in found.images.items() if n) or "–",
        "Labels of": labels,
        "Fingerprint": run.fingerprint,
        "Split": f"version {run.split_version}, {run.split_kind}",
        "Test version": run.test_version or "–",
        "Test opened": markup.count(run.test_opened, "time"),
    }


def _cost(run: Run, found: RunDetails) -> dict[str, str]:
    cost = found.cost
    seconds = run.seconds if run.seconds is not None else cost.get("seconds")
    told = {"Duration": "–" if seconds is None else markup.duration(float(seconds))}
    if "cpu_seconds" in cost:
        told["Processor"] = f"{markup.number(float(cost['cpu_seconds']))} s of all cores together"
        gpu = float(cost["gpu_seconds"])
        told["Graphics card"] = f"{markup.number(gpu)} s" if gpu else "none used"
        told["Processes"] = markup.count(int(cost["starts"]), "start")
    if run.images_per_second:
        told["Speed"] = f"{markup.number(run.images_per_second)} images per second"
    return told


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        setting_words.name(key): setting_words.value(value, key) for key, value in values.items()
    }


def _facts(title: str, facts: Mapping[str, str]) -> str:
    if not facts:
        return ""
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts.items())
    return f"<section><h3>{text(title)}</h3><dl>{rows}</dl></section>"
