"""A published protocol beside its honest twin and the printed table: what a leak is worth."""

from core.evaluation import intervals
from core.types import Metric
from dashboard.services.runs.protocol import Compared, Side
from dashboard.ui.shared import markup, report_table
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table

OVERALL = (
    ("Accuracy", "accuracy"),
    ("Balanced accuracy", "balanced_accuracy"),
    ("Macro-F1", "macro_f1"),
)
RATES = (("Precision", "precision"), ("Recall", "recall"), ("F1", "f1"))
HEADS = ("Published", "By patient", "Difference", "Printed")


def html(found: Compared) -> str:
    """Return the three columns: as published, by patient, and what the poster prints."""
    published, honest = found.published, found.honest
    heads = [
        _head("As published", published),
        _head("By patient", honest),
        '<th scope="col">Difference<br><small>percentage points</small></th>',
    ]
    if found.printed is not None:
        heads.append('<th scope="col">Printed<br><small>on the poster</small></th>')
    missing = (
        "The poster has none of these classes, so nothing printed stands beside them. "
        if found.printed is None
        else "The poster prints neither intervals nor how many images and patients. "
    )
    return (
        f'<h3 class="lead" data-testid="protocol-finding">{text(finding(found))}</h3>'
        f'<p class="lead" data-testid="protocol-copies">{text(copies(published))} '
        f"{text(patients(published))} {text(copies(honest))} {text(unlike(found))}</p>"
        f'<div class="scroll"><table class="protocol" data-testid="protocol-table"><thead><tr>'
        f'<th scope="col">Test</th>{"".join(heads)}</tr></thead>'
        f"<tbody>{_overall(found)}</tbody>{_classes(found)}</table></div>"
        f'<p class="quiet">{text(missing)}Small figures: 95{markup.NBSP}% interval, bootstrap by '
        "patient; of a difference from both intervals. Grey: fewer than "
        f"{markup.FEW} images by patient.</p>"
    )


def finding(found: Compared) -> str:
    """Return in one sentence what the leak is worth."""
    gap = found.gap["balanced_accuracy"]
    published, honest = (
        markup.percent(side.test.balanced_accuracy.value)
        for side in (found.published, found.honest)
    )
    same = f"the same network scores {published} as published and {honest} on new patients"
    measured = f"{_points(gap.value)} of balanced accuracy (95{markup.NBSP}%: {_limits(gap)})"
    if gap.low > 0:
        return f"The leak is worth {measured}: {same}."
    if gap.high < 0:
        return f"Here the leaky run scores lower, by {measured}: {same}."
    return f"The leak cannot be told from chance here, {measured}: {same}."


def unlike(found: Compared) -> str:
    """Return which classes stand in one of the tests alone; nothing where there are none."""
    pairs = zip(found.names, found.published.test.classes, found.honest.test.classes, strict=True)
    alone = [name for name, one, other in pairs if bool(one.images) != bool(other.images)]
    if not alone:
        return ""
    return (
        f"The two tests do not hold the same classes: {', '.join(alone)} stands in one of them "
        "alone. Balanced accuracy and macro-F1 are means over the classes that a test holds, so "
        "that the difference is not of the leak alone."
    )


def copies(side: Side) -> str:
    """Return how many test pictures stand in training, too, as another version."""
    return (
        f"{_way(side)}, {side.shared.copied:,} of {markup.count(side.shared.test, 'test picture')} "
        f"{'has a copy of itself' if side.shared.copied == 1 else 'have a copy of themselves'} in "
        "training."
    )


def patients(side: Side) -> str:
    """Return how many test pictures show a patient of training, and how many are photographs."""
    return (
        f"{side.shared.patients:,} show a patient who stands in training; the "
        f"{markup.count(side.shared.test, 'picture')} are versions of "
        f"{markup.count(side.shared.photographs, 'photograph')}."
    )


def _way(side: Side) -> str:
    return "As published" if side.run.leaky else "By patient"


def _head(label: str, side: Side) -> str:
    images = markup.count(side.test.images, "picture" if side.run.leaky else "image")
    return (
        f'<th scope="col">{label} {run_table.stamps(side.run)}<br><small>run {side.run.number}, '
        f"{images} of {markup.count(side.test.patients, 'patient')}</small></th>"
    )


def _overall(found: Compared) -> str:
    rows = []
    for label, name in OVERALL:
        published, honest = (getattr(side.test, name) for side in (found.published, found.honest))
        quoted = found.printed.accuracy if found.printed and name == "accuracy" else None
        rows.append(_row(label, (published, honest), quoted, found, testid=name))
    return "".join(rows)


def _classes(found: Compared) -> str:
    groups = []
    for place, name in enumerate(found.names):
        sides = [side.test.classes[place] for side in (found.published, found.honest)]
        quoted = found.printed.rates.get(name) if found.printed else None
        counts = "".join(
            f'<td class="quiet">{markup.count(one.images, "image")}, '
            f"{markup.count(one.patients, 'patient')}</td>"
            for one in sides
        )
        rest = "<td></td>" * (2 if found.printed else 1)
        rows = "".join(
            _row(label, (getattr(sides[0], rate), getattr(sides[1], rate)), printed, found)
            for (label, rate), printed in zip(RATES, quoted or (None,) * 3, strict=True)
        )
        few = ' class="few"' if sides[1].images < markup.FEW else ""
        groups.append(
            f'<tbody{few} data-testid="protocol-{text(name)}"><tr class="group">'
            f'<th scope="rowgroup">{text(name)}</th>{counts}{rest}</tr>{rows}</tbody>'
        )
    return "".join(groups)


def _row(
    label: str,
    pair: tuple[Metric | None, Metric | None],
    quoted: float | None,
    found: Compared,
    testid: str = "",
) -> str:
    published, honest = pair
    gap = "" if published is None or honest is None else _gap(published, honest)
    # Bars for the figures of all classes only: with those of every class nobody sees the three.
    drawn = report_table.track if testid else lambda metric: ""
    cells = [*(f"{markup.metric(one)}{drawn(one)}" for one in pair), gap]
    if found.printed is not None:
        cells.append("" if quoted is None else f'<span class="value">{quoted:.2f}</span>')
    body = "".join(
        f'<td data-label="{head}"{"" if cell else " class=none"}>{cell}</td>'
        for head, cell in zip(HEADS, cells, strict=False)
    )
    values = markup.attributes({"data-testid": f"protocol-{testid}" if testid else None})
    return f'<tr{values}><th scope="row">{label}</th>{body}</tr>'


def _gap(published: Metric, honest: Metric) -> str:
    gap = intervals.difference(published, honest)
    return (
        f'<span class="value">{100 * gap.value:+.1f}</span> '
        f'<span class="interval">{_limits(gap)}</span>'
    )


def _points(value: float) -> str:
    return f"{100 * value:+.1f} points"


def _limits(gap: Metric) -> str:
    return f"{100 * gap.low:+.1f} to {100 * gap.high:+.1f}"
