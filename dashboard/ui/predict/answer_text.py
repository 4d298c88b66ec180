"""What a checkpoint says about one photograph, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.imaging.quality import LEAST_SIDE
from core.types import ClassId, ClassInfo, Prediction, PredictionStatus, Run
from dashboard.services.prediction import caveats
from dashboard.services.prediction.answer import CLOSE
from dashboard.services.prediction.caveats import Caveats
from dashboard.services.runs import run_labels
from dashboard.ui.shared import amounts
from dashboard.ui.shared.events import md

FIXED_LINE = "Research use. Not a diagnosis."
NONE_OF_THEM = "Probably none of the classes"
DRAWINGS = "This model has seen drawings only (demonstration data)."
LIKELY = 0.50
"""Below this the largest probability is not called likely."""

Names = Mapping[ClassId, str]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The answer in words."""

    headline: str
    detail: str


def words(prediction: Prediction, names: Names, limits: Caveats = caveats.NONE) -> Words:
    """Return the answer as a person would say it; abstaining is an answer too."""
    ranked = _ranked(prediction, names)
    answer = _unsure(ranked) if limits.tiny else _likely(ranked)
    if prediction.status is PredictionStatus.UNUSABLE:
        return Words(headline="No answer for this file", detail=prediction.reason)
    if prediction.status is PredictionStatus.NOVEL:
        return Words(headline=NONE_OF_THEM, detail=prediction.reason)
    if prediction.status is PredictionStatus.KNOWN:
        return Words(
            headline="This photograph is already in the data set",
            detail=f"{prediction.reason} {answer}".strip(),
        )
    return Words(headline=answer, detail="")


def markdown(
    prediction: Prediction,
    names: Names,
    run: Run | None,
    limits: Caveats = caveats.NONE,
    done: str = "",
) -> str:
    """Return the whole answer: words, what makes it worth less, and where it comes from.

    `done` says what a person has just done with it.
    """
    answer = words(prediction, names, limits)
    parts = [
        f"> ✓ {md(done)}" if done else "",
        f"## {md(answer.headline)}",
        md(answer.detail),
        _likeliest(prediction, names),
        *(f"> **Note.** {md(sentence)}" for sentence in _caveats(limits)),
        _origin(prediction, run),
        f"**{FIXED_LINE}**",
    ]
    return "\n\n".join(part for part in parts if part)


def waiting(run: Run, classes: Sequence[ClassInfo], *, drawings: bool) -> str:
    """Return who looks at photographs, and how far to believe it."""
    infos = {info.id: info for info in classes}
    listed = "\n".join(
        f"- **{md(infos[c].code)}** {md(infos[c].name)}" for c in run.classes if c in infos
    )
    parts = [
        f"### {md(_run(run))} looks at your photographs",
        f"> **Note.** {DRAWINGS}" if drawings else "",
        f"{md(run_labels.network(run))}. {_score(run)}",
        f"It knows these classes and no other:\n\n{listed}",
        "The photograph stays in this workspace, without its metadata (place, time, camera). "
        "A photograph that is already in the data set is recognised.",
        f"**{FIXED_LINE}**",
    ]
    return "\n\n".join(part for part in parts if part)


def _ranked(prediction: Prediction, names: Names) -> list[tuple[float, str]]:
    """Return (probability, name of the class), the likeliest first."""
    pairs = zip(prediction.probabilities, prediction.classes, strict=False)
    return [(p, names.get(c, f"class {c}")) for p, c in sorted(pairs, key=lambda pair: -pair[0])]


def _likely(ranked: Sequence[tuple[float, str]]) -> str:
    if not ranked:
        return ""
    others = [_share(*pair) for pair in ranked[1:] if pair[0] >= CLOSE]
    if ranked[0][0] < LIKELY:
        return f"Undecided: {', '.join([_share(*ranked[0]), *others])}"
    rest = f", {' and '.join(others)} cannot be excluded" if others else ""
    return f"Most likely {_share(*ranked[0])}{rest}"


def _unsure(ranked: Sequence[tuple[float, str]]) -> str:
    """Return the answer about an image that has too few pixels for one."""
    return f"Too small to say for sure: perhaps {_share(*ranked[0])}" if ranked else ""


def _share(probability: float, name: str) -> str:
    return f"{name}{amounts.NBSP}({amounts.percent(probability)})"


def _likeliest(prediction: Prediction, names: Names) -> str:
    """Return which class an answer leans to that names none."""
    ranked = _ranked(prediction, names)
    if prediction.status is not PredictionStatus.NOVEL or not ranked:
        return ""
    return f"Of the classes that it knows, the likeliest: {md(_share(*ranked[0]))}."


def _caveats(limits: Caveats) -> list[str]:
    small = (
        f" With {LEAST_SIDE} pixels or fewer on its shorter side no answer is sure: take it again, "
        "from nearer or larger."
        if limits.tiny
        else ""
    )
    poor = [f"Hard to judge. {limits.defects}{small}"] if limits.defects else []
    return [*poor, DRAWINGS] if limits.drawings else poor


def _origin(prediction: Prediction, run: Run | None) -> str:
    """Return confidence, checkpoint, file and moment in one line."""
    sure = prediction.confidence is not None and prediction.status is not PredictionStatus.NOVEL
    parts = [
        f"Confidence {amounts.percent(prediction.confidence or 0)}" if sure else "",
        _run(run) if run is not None else "",
        prediction.file,
        amounts.moment(prediction.when),
    ]
    return " · ".join(md(part) for part in parts if part)


def _run(run: Run) -> str:
    stamps = run_labels.stamps(run)
    return f"Run {run.number} ({', '.join(stamps)})" if stamps else f"Run {run.number}"


def _score(run: Run) -> str:
    measured = run.evaluations.get("validation")
    if measured is None:
        return ""
    value = measured.balanced_accuracy
    return (
        f"On average it recognises {amounts.percent(value.value)} (95{amounts.NBSP}%: "
        f"{amounts.interval(value.low, value.high)}) of a class's validation images; n = "
        f"{amounts.count(measured.images, 'image')} of "
        f"{amounts.count(measured.patients, 'patient')}."
    )
