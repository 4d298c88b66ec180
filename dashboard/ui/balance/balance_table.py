"""How much there is of each class, on each side of the split, and what balancing makes of it."""

from collections.abc import Mapping, Sequence

from core.types import BalanceMethod, BalancePlan, ClassCount, ClassId, Leak, Split
from dashboard.services.splits.balance import BalanceReport
from dashboard.ui.shared import markup
from dashboard.ui.shared import svg_charts as charts
from dashboard.ui.shared.markup import text
from dashboard.ui.shared.svg_charts import Bar

SIDES = (Split.TRAIN, Split.VALIDATION, Split.TEST)
EXTRA = {Split.WITHHELD: "Withheld", None: "Not split"}
SHOWN_LEAKS = 5
NOTHING = ClassCount(images=0, patients=0)
METHODS = {
    BalanceMethod.NONE: ("None", "Every image once per epoch; frequent classes weigh more."),
    BalanceMethod.CLASS_WEIGHTS: (
        "Class weights",
        "Every image once per epoch; a mistake on a rare class costs more in the loss.",
    ),
    BalanceMethod.BALANCED_SAMPLING: (
        "Balanced sampling",
        "Images of rare classes are drawn more often, in the same length of epoch.",
    ),
    BalanceMethod.AUGMENTATION: (
        "Augmentation to a target",
        "Rare classes are filled up with newly augmented views, for training only.",
    ),
}

Side = Split | None
Counts = Mapping[tuple[ClassId, Side], ClassCount]


def html(report: BalanceReport, target: int | None, unknown: int) -> str:
    """Return everything that Balance shows in numbers; `unknown`: samples without a patient."""
    counts: Counts = {
        (row.class_id, row.split): ClassCount(images=row.images, patients=row.patients)
        for row in report.rows
    }
    return (
        '<section class="stack"><h2 class="lead" data-testid="balance-finding">'
        f"{text(finding(report))}</h2>"
        f"{leaks(report.leaks, split=report.is_split, unknown=unknown)}"
        '<div class="two"><div class="card stack"><h3>What is there?</h3>'
        f"{table(counts, report)}</div>"
        '<div class="card stack"><h3>What would an epoch show?</h3>'
        f"{plan(counts, report, target)}</div></div></section>"
    )


def finding(report: BalanceReport) -> str:
    """Return in words how uneven the training images are."""
    names = {info.id: info.name for info in report.classes}
    train = [(n, names[class_id]) for class_id, n in report.training.items() if n]
    kind = "training image" if report.is_split else "image"
    if len(train) < 2:
        return f"There are not yet two classes with {kind}s."
    (least, rare), (most, common) = min(train), max(train)
    total = sum(n for n, _ in train)
    if most == least:
        return f"Every class has {markup.count(least, kind)}."
    return (
        f"{common} has {most / least:.1f} times as many {kind}s as {rare}: "
        f"{most:,} and {least:,} of {total:,}."
    )


def table(counts: Counts, report: BalanceReport) -> str:
    """Return class x split, images large and patients beside them."""
    sides, totals = _sides(counts), report.totals
    heads = "".join(
        f'<th scope="col">{EXTRA.get(side) or str(side).capitalize()}</th>' for side in sides
    )
    rows = "".join(
        f'<tr data-testid="balance-{text(info.name)}"><th scope="row">{markup.chip(info)}</th>'
        f"{''.join(_cell(counts.get((info.id, side), NOTHING)) for side in sides)}"
        f"{_cell(_total(counts, totals.by_class.get(info.id, 0), of=info.id), total=True)}</tr>"
        for info in report.classes
    )
    foot = "".join(
        _cell(_total(counts, totals.by_split.get(side, 0), on=(side,))) for side in sides
    )
    return (
        f'<div class="scroll"><table class="counts" style="--columns:{len(sides) + 1}" '
        'data-testid="balance-table"><thead><tr>'
        f'<th scope="col">Class</th>{heads}<th scope="col">All</th></tr></thead><tbody>{rows}'
        f'</tbody><tfoot><tr><th scope="row">All</th>{foot}'
        f"{_cell(_total(counts, totals.patients))}</tr></tfoot></table></div>"
        '<p class="quiet">Images, and the patients they show, each counted once in a total. '
        "Patients who share a picture are one. Excluded and unlabelled samples do not count.</p>"
    )


def _sides(counts: Counts) -> list[Side]:
    """Return the columns: the three sides once there is a split, others where they occur."""
    found = {side for _, side in counts}
    ordinary = list(SIDES) if found & set(SIDES) else []
    return [*ordinary, *(side for side in EXTRA if side in found)]


def _total(
    counts: Counts, patients: int, *, of: ClassId | None = None, on: Sequence[Side] | None = None
) -> ClassCount:
    """Add up the images of a class (or all) on some sides (or all); patients do not add up."""
    images = (
        count.images
        for (class_id, side), count in counts.items()
        if of in (None, class_id) and (on is None or side in on)
    )
    return ClassCount(images=sum(images), patients=patients)


def _cell(count: ClassCount, *, total: bool = False) -> str:
    kind = ' class="all"' if total else ""
    patients = markup.count(count.patients, "patient")
    return (
        f'<td{kind}><b>{count.images:,}</b> <small title="{patients}" class="quiet">'
        f"{count.patients:,}{markup.NBSP}pat.</small></td>"
    )


def plan(counts: Counts, report: BalanceReport, target: int | None) -> str:
    """Return the choice of method, and the training images before and after it."""
    chosen = report.plan
    methods = "".join(
        f'<button type="button" data-do="plan" data-method="{method.value}" '
        f'aria-pressed="{str(method is chosen.method).lower()}" '
        f'data-testid="balance-{method.value}">{label}</button>'
        for method, (label, _) in METHODS.items()
    )
    bars = [
        Bar(
            label=markup.chip(info),
            colour=info.colour,
            before=report.training[info.id],
            after=chosen.target.get(info.id, report.training[info.id]),
            note=_note(info.id, report.training[info.id], chosen),
        )
        for info in report.classes
    ]
    side = Split.TRAIN if report.is_split else None
    n = _total(counts, report.totals.by_split.get(side, 0), on=(side,))
    kind = "training image" if report.is_split else "image"
    return (
        f'<div class="segments" role="group" aria-label="Balancing">{methods}</div>'
        f'<p class="quiet">{METHODS[chosen.method][1]}</p>{_target(chosen, target)}'
        f"<figure>{charts.balance_bars(bars, unit=kind + 's')}<figcaption>"
        f"n = {markup.count(n.images, kind)} of {markup.count(n.patients, 'patient')}; "
        "validation and test are never balanced or augmented.</figcaption></figure>"
        '<div><button type="button" class="button" data-tab="Train">Train with this plan</button>'
        "</div>"
    )


def _note(class_id: ClassId, before: int, chosen: BalancePlan) -> str:
    if chosen.method is BalanceMethod.CLASS_WEIGHTS:
        return f"each weighs {markup.number(chosen.weights.get(class_id, 1.0))}"
    after = chosen.target.get(class_id, before)
    if before and after > before:
        return f"each {after / before:.1f} times"
    return ""


def _target(chosen: BalancePlan, target: int | None) -> str:
    if chosen.method is not BalanceMethod.AUGMENTATION:
        return ""
    largest = max(chosen.target.values(), default=0)
    return (
        '<form class="row target"><label class="field">Target, images per class'
        f'<input type="number" name="target" min="1" step="1" value="{target or ""}" '
        f'placeholder="{largest}" data-testid="balance-target"></label>'
        '<button type="submit" class="button" data-testid="balance-apply">Show</button></form>'
    )


def leaks(found: Sequence[Leak], *, split: bool, unknown: int) -> str:
    """Return the line that says whether anything stands on two sides of the split."""
    if not split:
        return markup.notice(
            "note",
            "There is no split yet: the first training puts about 64 of 100 patients into train, "
            "16 into validation and 20 into test.",
            testid="leak-line",
        )
    if found:
        items = "".join(
            f"<li>{text(leak.patient or 'unknown patient')}: {text(', '.join(leak.files[:3]))}"
            f"{f' and {len(leak.files) - 3} more' if len(leak.files) > 3 else ''}</li>"
            for leak in found[:SHOWN_LEAKS]
        )
        more = len(found) - SHOWN_LEAKS
        rest = f"<li>and {more} more</li>" if more > 0 else ""
        sentence = (
            f"Leak: {markup.count(len(found), 'patient or picture', 'patients or pictures')} on "
            "two sides of the split. Training refuses it until it is mended or allowed."
        )
        return markup.notice("bad", sentence, f"<ul>{items}{rest}</ul>", testid="leak-line")
    only = (
        f" {markup.count(unknown, 'sample has', 'samples have')} no patient: for those, checked "
        "by duplicates only."
        if unknown
        else ""
    )
    return markup.notice(
        "good",
        f"No leak: no patient and no identical picture stands on two sides of the split.{only}",
        testid="leak-line",
    )
