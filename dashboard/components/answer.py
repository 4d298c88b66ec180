"""What a checkpoint says about one photograph: words first, then numbers, then what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import ClassId, ClassInfo, Prediction, PredictionStatus, Run
from dashboard.components import markup, nearest, run_table
from dashboard.components.markup import text
from dashboard.services.likeness import Alike
from dashboard.services.prediction import CLOSE

FIXED_LINE = "Research use. Not a diagnosis."
LIKELY = 0.50
"""Below this the largest probability is not called likely."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """The answer in words."""

    headline: str
    detail: str


def words(prediction: Prediction, names: dict[ClassId, str]) -> Told:
    """Return the answer as a person would say it; abstaining is an answer too."""
    ranked = sorted(
        zip(prediction.probabilities, prediction.classes, strict=False), key=lambda pair: -pair[0]
    )
    said = _likely([(p, names.get(c, f"class {c}")) for p, c in ranked])
    if prediction.status is PredictionStatus.UNUSABLE:
        return Told(headline="No answer for this file", detail=prediction.reason)
    if prediction.status is PredictionStatus.NOVEL:
        return Told(headline="Probably none of the classes", detail=prediction.reason)
    if prediction.status is PredictionStatus.KNOWN:
        return Told(
            headline="This photograph is already in the data set",
            detail=f"{prediction.reason} {said}".strip(),
        )
    return Told(headline=said, detail="")


def _likely(ranked: Sequence[tuple[float, str]]) -> str:
    if not ranked:
        return ""
    top, name = ranked[0]
    others = [f"{other}{markup.NBSP}({markup.percent(p)})" for p, other in ranked[1:] if p >= CLOSE]
    if top < LIKELY:
        return f"Undecided: {', '.join([f'{name}{markup.NBSP}({markup.percent(top)})', *others])}"
    rest = f", {' and '.join(others)} cannot be excluded" if others else ""
    return f"Most likely {name}{markup.NBSP}({markup.percent(top)}){rest}"


def html(
    prediction: Prediction,
    classes: Sequence[ClassInfo],
    run: Run | None,
    known_file: str = "",
    alike: Sequence[Alike] = (),
) -> str:
    """Return the whole answer with the form that adds the photograph to the data set.

    `known_file` names the sample's file where the photograph is part of the data set; `alike` are
    the training pictures that the checkpoint finds most like it.
    """
    told = words(prediction, {info.id: info.name for info in classes})
    detail = (
        f'<p class="lead" data-testid="predict-reason">{text(told.detail)}</p>'
        if told.detail
        else ""
    )
    return (
        f'<section class="card stack answer {prediction.status.value}" data-context '
        f'data-prediction="{prediction.id or ""}" data-status="{prediction.status.value}">'
        f'<h2 data-testid="predict-answer" aria-live="polite">{text(told.headline)}</h2>{detail}'
        f"{bars(prediction, classes)}{_facts(prediction, run)}"
        f'<p class="fixed">{FIXED_LINE}</p></section>{nearest.html(alike, classes)}'
        f"{_next(prediction, classes, known_file)}"
    )


def waiting(run: Run, classes: Sequence[ClassInfo], network: str) -> str:
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
    rows = []
    for class_id, p in zip(prediction.classes, prediction.probabilities, strict=True):
        info = known.get(class_id)
        if info is None:
            continue
        top = " top" if class_id == prediction.top else ""
        rows.append(
            f'<div class="line{top}" data-testid="bar-{text(info.name)}">{markup.chip(info)}'
            f'<div class="track"><i style="width:{100 * p:.1f}%;background:{text(info.colour)}">'
            f"</i></div><span>{markup.percent(p)}</span></div>"
        )
    return f'<div class="probabilities" data-testid="predict-bars">{"".join(rows)}</div>'


def _facts(prediction: Prediction, run: Run | None) -> str:
    facts = []
    if prediction.confidence is not None:
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
        '<input type="text" name="patient" autocomplete="off" maxlength="120" '
        'placeholder="leave empty if unknown" data-testid="promote-patient"></label>'
        '<div><button type="submit" class="button" data-testid="promote-button">'
        "Add to the data set</button></div></form>"
    )
