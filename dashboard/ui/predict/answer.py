"""What a checkpoint says about one photograph: words first, then numbers, then what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.imaging.quality import LEAST_SIDE
from core.types import ClassId, ClassInfo, Prediction, PredictionStatus, Run, spelling
from dashboard.services.prediction import caveats
from dashboard.services.prediction.answer import CLOSE
from dashboard.services.prediction.caveats import Caveats
from dashboard.services.prediction.nearest_training import Alike
from dashboard.ui.predict import nearest
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_table

FIXED_LINE = "Research use. Not a diagnosis."
NONE_OF_THEM = "Probably none of the classes"
DRAWINGS = "This model has seen drawings only (demonstration data)."
LIKELY = 0.50
"""Below this the largest probability is not called likely."""
LONG_NAME = 22
"""Letters of a class name; with a longer one among them a phone shows each bar below its name."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The answer in words."""

    headline: str
    detail: str


def words(prediction: Prediction, names: dict[ClassId, str], known: Caveats = caveats.NONE) -> Told:
    """Return the answer as a person would say it; abstaining is an answer too."""
    ranked = _ranked(prediction, names)
    said = _unsure(ranked) if known.tiny else _likely(ranked)
    if prediction.status is PredictionStatus.UNUSABLE:
        return Told(headline="No answer for this file", detail=prediction.reason)
    if prediction.status is PredictionStatus.NOVEL:
        return Told(headline=NONE_OF_THEM, detail=prediction.reason)
    if prediction.status is PredictionStatus.KNOWN:
        return Told(
            headline="This photograph is already in the data set",
            detail=f"{prediction.reason} {said}".strip(),
        )
    return Told(headline=said, detail="")


def _ranked(prediction: Prediction, names: dict[ClassId, str]) -> list[tuple[float, str]]:
    """Return (probability, name of the class), the likeliest first."""
    pairs = zip(prediction.probabilities, prediction.classes, strict=False)
    return [(p, names.get(c, f"class {c}")) for p, c in sorted(pairs, key=lambda pair: -pair[0])]


def _likely(ranked: Sequence[tuple[float, str]]) -> str:
    if not ranked:
        return ""
    top = ranked[0][0]
    others = [_named(one) for one in ranked[1:] if one[0] >= CLOSE]
    if top < LIKELY:
        return f"Undecided: {', '.join([_named(ranked[0]), *others])}"
    rest = f", {' and '.join(others)} cannot be excluded" if others else ""
    return f"Most likely {_named(ranked[0])}{rest}"


def _unsure(ranked: Sequence[tuple[float, str]]) -> str:
    """Return the answer about a picture that has too few pixels for one."""
    return f"Too small to say for sure: perhaps {_named(ranked[0])}" if ranked else ""


def _named(one: tuple[float, str]) -> str:
    return f"{one[1]}{markup.NBSP}({markup.percent(one[0])})"


def html(
    prediction: Prediction,
    classes: Sequence[ClassInfo],
    run: Run | None,
    known_file: str = "",
    alike: Sequence[Alike] = (),
    known: Caveats = caveats.NONE,
) -> str:
    """Return the whole answer with the form that adds the photograph to the data set.

    `known_file` names the sample's file where the photograph is part of the data set; `alike` are
    the training pictures that the checkpoint finds most like it; `known` makes it worth less.
    """
    names = {info.id: info.name for info in classes}
    told = words(prediction, names, known)
    detail = (
        f'<p class="lead" data-testid="predict-reason">{text(told.detail)}</p>'
        if told.detail
        else ""
    )
    return (
        f'<section class="card stack answer {prediction.status.value}" data-context '
        f'data-prediction="{prediction.id or ""}" data-status="{prediction.status.value}">'
        f'<h2 data-testid="predict-answer" aria-live="polite">{text(told.headline)}</h2>{detail}'
        f"{_likeliest(prediction, names)}{_caveats(known)}"
        f"{bars(prediction, classes)}{_facts(prediction, run)}"
        f'<p class="fixed">{FIXED_LINE}</p></section>{nearest.html(alike, classes)}'
        f"{_next(prediction, classes, known_file)}"
    )


def _likeliest(prediction: Prediction, names: dict[ClassId, str]) -> str:
    """Return in small letters which class an answer leans to that names none."""
    ranked = _ranked(prediction, names)
    if prediction.status is not PredictionStatus.NOVEL or not ranked:
        return ""
    return (
        '<p class="quiet" data-testid="predict-likeliest">Of the classes that it knows, the '
        f"likeliest: {text(_named(ranked[0]))}.</p>"
    )


def _caveats(known: Caveats) -> str:
    small = (
        f" With {LEAST_SIDE} pixels or fewer on its shorter side no answer is sure: take it again, "
        "from nearer or larger."
        if known.tiny
        else ""
    )
    poor = (
        markup.notice("note", f"Hard to judge. {known.defects}{small}", testid="predict-quality")
        if known.defects
        else ""
    )
    return poor + (drawn() if known.drawings else "")


def drawn() -> str:
    """Return the warning that a model has learned from drawings alone."""
    return markup.notice("note", DRAWINGS, testid="predict-drawings")


def waiting(run: Run, classes: Sequence[ClassInfo], network: str, *, drawings: bool = False) -> str:
    """Return who will look at a photograph, and how far to believe it, before there is one."""
    known = {info.id: info for info in classes}
    chips = "".join(f"<li>{markup.chip(known[c])}</li>" for c in run.classes if c in known)
    measured = run.evaluations.get("validation")
    score = ""
    if measured:
        value = measured.balanced_accuracy
        score = (
            f"On average it recognises {markup.percent(value.value)} (95{markup.NBSP}%: "
            f"{markup.interval(value)}) of a class's validation images; n = "
            f"{markup.count(measured.images, 'image')} of "
            f"{markup.count(measured.patients, 'patient')}."
        )
    return (
        '<section class="card stack" data-testid="predict-waiting">'
        f"<h3>Run {run.number} will look at it {run_table.stamps(run)}</h3>"
        f"{drawn() if drawings else ''}"
        f'<p>{text(network)}. {text(score)}</p><p class="quiet">It knows these classes and no '
        f'other:</p><ul class="classes-known">{chips}</ul><p class="quiet">The photograph stays '
        "in this workspace, without its metadata (place, time, camera). A photograph that is "
        f'already in the data set is recognised.</p><p class="fixed">{FIXED_LINE}</p></section>'
    )


def bars(prediction: Prediction, classes: Sequence[ClassInfo]) -> str:
    """Return one bar per class in the order of the dictionary, from 0 to 100 %."""
    if not prediction.probabilities:
        return ""
    known = {info.id: info for info in classes}
    longest = max((len(known[one].name) for one in prediction.classes if one in known), default=0)
    long = " long" if longest > LONG_NAME else ""
    rows = []
    for class_id, p in zip(prediction.classes, prediction.probabilities, strict=True):
        info = known.get(class_id)
        if info is None:
            continue
        named = prediction.status is not PredictionStatus.NOVEL
        top = " top" if named and class_id == prediction.top else ""
        rows.append(
            f'<div class="line{top}" data-testid="bar-{text(info.name)}">{markup.chip(info)}'
            f'<div class="track"><i style="width:{100 * p:.1f}%;background:{text(info.colour)}">'
            f"</i></div><span>{markup.percent(p)}</span></div>"
        )
    return f'<div class="probabilities{long}" data-testid="predict-bars">{"".join(rows)}</div>'


def _facts(prediction: Prediction, run: Run | None) -> str:
    facts = []
    if prediction.confidence is not None and prediction.status is not PredictionStatus.NOVEL:
        facts.append(("Confidence", markup.percent(prediction.confidence)))
    if run is not None:
        stamps = run_table.stamps(run)
        facts.append(("Checkpoint", f"Run {run.number} {stamps}"))
    facts.append(("File", f'<span class="file">{text(prediction.file)}</span>'))
    facts.append(("When", text(markup.moment(prediction.when))))
    items = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return f'<dl data-testid="predict-facts">{items}</dl>'


def _next(prediction: Prediction, classes: Sequence[ClassInfo], known_file: str) -> str:
    if prediction.sample is not None:
        link = (
            '<button type="button" class="button" data-tab="Curate" data-testid="open-sample" '
            f'data-file="{text(known_file)}">Open it in Curate</button>'
        )
        return (
            '<section class="card stack" data-testid="known"><h3>It is part of the data set.</h3>'
            f'<p class="quiet file">{text(known_file)}</p><div>{link}</div></section>'
        )
    if prediction.id is None or prediction.image is None:
        return ""
    choices = "".join(
        f'<label><input type="radio" name="label" value="{info.id}" required '
        f'data-testid="promote-{text(info.name)}">{markup.chip(info)}</label>'
        for info in classes
    )
    return (
        '<form class="card stack promote" data-testid="promote-form"><h3>Do you know what it is?'
        '</h3><p class="quiet">Add it to the data set with your own label. It joins the training '
        "pool and never a test set.</p>"
        f'<fieldset><legend class="quiet">Your label</legend><div class="labels">{choices}</div>'
        '</fieldset><label class="field">Patient (photographs of one patient stay together)'
        '<input type="text" name="patient" autocomplete="off" '
        f'maxlength="{spelling.LONGEST_PATIENT}" '
        'placeholder="leave empty if unknown" data-testid="promote-patient"></label>'
        '<div><button type="submit" class="button" data-testid="promote-button">'
        "Add to the data set</button></div></form>"
    )
