"""Two runs side by side, for the drawer: settings, samples, versions, who is right."""

from collections.abc import Mapping, Sequence

from core.jobs.spec_difference import Change, DataDifference
from core.types import ClassId, Difference, Metric, SampleId
from dashboard.services.runs.run_comparison import RunDifference
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table, setting_words

NAMED = 40
"""So many samples of a kind are listed; the rest is counted."""
SPLITS = {"validation": "Validation", "out_of_fold": "Out of fold", "test": "Test"}
METRICS = {"accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "macro_f1": "Macro-F1"}


def html(found: RunDifference, names: Mapping[ClassId, str]) -> str:
    """Return the content of the drawer."""
    before, after = found.before, found.after
    heads = f"<th>Run {before.number}</th><th>Run {after.number}</th>"
    return (
        f'<div class="mpx-stack mpx-run" data-testid="run-difference" '
        f'data-before="{text(before.id)}" data-after="{text(after.id)}">'
        f'<p class="mpx-row">Run {before.number} {run_table.stamps(before)}'
        f'<span aria-hidden="true">→</span> Run {after.number} {run_table.stamps(after)}</p>'
        f"{_segments(found)}{_verdict(found)}{_metrics(found, heads)}"
        f"{_changes('Settings', found.settings, heads)}{_data(found, names)}"
        f"{_changes('Machine and packages', found.versions, heads)}</div>"
    )


def _segments(found: RunDifference) -> str:
    shown = [
        split
        for split in SPLITS
        if split in found.before.evaluations and split in found.after.evaluations
    ]
    buttons = "".join(
        f'<button type="button" class="mpx-button small" data-on="{split}" '
        f'aria-pressed="{str(split == found.on).lower()}" data-testid="diff-{split}">'
        f"{SPLITS[split]}{' (counted)' if split == 'test' else ''}</button>"
        for split in shown
    )
    return f'<div class="mpx-row" role="group" aria-label="Measured on">{buttons}</div>'


def _verdict(found: RunDifference) -> str:
    if found.paired is None:
        return f'<p class="mpx-quiet" data-testid="diff-why-not">{text(found.why_not)}</p>'
    leaky = "Leaky split: these numbers flatter it. " if _leaky(found) else ""
    return (
        f'<p data-testid="diff-verdict">{leaky}{text(sentence(found.paired))}</p>'
        f'<p class="mpx-quiet">{text(_small(found.paired))}</p>'
    )


def _leaky(found: RunDifference) -> bool:
    return found.before.leaky or found.after.leaky


def sentence(gain: Difference) -> str:
    """Return which run is better, or that nobody can tell."""
    points = f"{100 * gain.value:+.1f}".replace("-", "−")
    low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (gain.low, gain.high))
    sure = "Better" if gain.low > 0 else "Worse" if gain.high < 0 else "No clear difference"
    return (
        f"{sure}: balanced accuracy {points} points (95{markup.NBSP}%: {low} to {high}) "
        f"on the same {markup.count(gain.images, 'image')} of "
        f"{markup.count(gain.patients, 'patient')}."
    )


def _small(gain: Difference) -> str:
    return (
        f"With the labels of now; {gain.mended} images right only with the second, {gain.broken} "
        "only with the first."
    )


def _metrics(found: RunDifference, heads: str) -> str:
    rows = "".join(
        f"<tr><th>{METRICS[pair.name]}</th>{_metric(pair.before)}{_metric(pair.after)}</tr>"
        for pair in found.metrics
    )
    return _table(f"{SPLITS[found.on]}, each with the labels of its time", heads, rows)


def _metric(value: Metric | None) -> str:
    return f"<td>{markup.metric(value)}</td>"


def _changes(title: str, changes: Sequence[Change], heads: str) -> str:
    if not changes:
        return f'<p class="mpx-quiet">{title}: the same.</p>'
    rows = "".join(
        f"<tr><th>{text(setting_words.name(change.name))}</th>"
        f"<td>{text(setting_words.value(change.before, change.name))}</td>"
        f"<td>{text(setting_words.value(change.after, change.name))}</td></tr>"
        for change in changes
    )
    return _table(title, heads, rows)


def _table(title: str, heads: str, rows: str) -> str:
    return (
        f'<section><h3>{text(title)}</h3><div class="mpx-scroll"><table><thead><tr><th></th>{heads}'
        f"</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _data(found: RunDifference, names: Mapping[ClassId, str]) -> str:
    if found.data is None:
        return '<p class="mpx-quiet">The samples cannot be compared: a job file is gone.</p>'
    data = found.data
    lists = _lists(data, found.files, names)
    if not lists:
        same = markup.count(data.shared, "sample")
        return f'<p class="mpx-quiet" data-testid="diff-data">Data: the same {same}.</p>'
    return (
        f'<section data-testid="diff-data"><h3>Data</h3><p>{data.shared:,} samples in both.</p>'
        f"{lists}</section>"
    )


def _lists(
    data: DataDifference, files: Mapping[SampleId, str], names: Mapping[ClassId, str]
) -> str:
    def called(label: ClassId | None) -> str:
        return "no label" if label is None else names.get(label, "a removed class")

    kinds: dict[str, list[str]] = {
        "added": [files.get(one, one) for one in data.added],
        "removed": [files.get(one, one) for one in data.removed],
        "relabelled": [
            f"{files.get(one.sample, one.sample)}: {called(one.before)} → {called(one.after)}"
            for one in data.relabelled
        ],
        "on another side of the split": [
            f"{files.get(one.sample, one.sample)}: {one.before or 'pool'} → {one.after or 'pool'}"
            for one in data.moved
        ],
    }
    return "".join(_list(kind, lines) for kind, lines in kinds.items() if lines)


def _list(kind: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{text(line)}</li>" for line in lines[:NAMED])
    more = f"<li>and {len(lines) - NAMED} more</li>" if len(lines) > NAMED else ""
    return (
        f"<details><summary>{markup.count(len(lines), 'sample')} {kind}</summary>"
        f"<ul>{items}{more}</ul></details>"
    )
