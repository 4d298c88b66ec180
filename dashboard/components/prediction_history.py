"""Earlier predictions: thumbnails, what was said, and a search."""

from collections.abc import Sequence

from core.types import ClassInfo, Prediction, PredictionStatus
from dashboard.components import markup
from dashboard.components.markup import text

SIGN = {
    PredictionStatus.UNUSABLE: "no answer",
    PredictionStatus.KNOWN: "known",
    PredictionStatus.NOVEL: "none of the classes",
    PredictionStatus.OK: "",
}


def html(
    predictions: Sequence[Prediction], classes: Sequence[ClassInfo], *, search: str, more: bool
) -> str:
    """Return the history, newest first; `more` offers the next ones."""
    if not predictions and not search:
        return ""
    names = {info.id: info for info in classes}
    cards = "".join(
        _card(prediction, names.get(prediction.top) if prediction.top else None)
        for prediction in predictions
    )
    body = cards or '<p class="quiet">No earlier prediction matches.</p>'
    next_page = (
        markup.button("Show more", "more", shown=len(predictions), search=search) if more else ""
    )
    return (
        '<section class="stack history" data-testid="prediction-history"><div class="spread">'
        '<h2>Earlier predictions</h2><form role="search"><input type="search" name="text" '
        'placeholder="File name, class or person" '
        'aria-label="Search earlier predictions" data-testid="history-search"></form></div>'
        f'<div class="cards">{body}</div>{next_page}</section>'
    )


def _card(prediction: Prediction, top: ClassInfo | None) -> str:
    picture = (
        f'<img src="/thumb/{text(prediction.image)}.webp" alt="" loading="lazy">'
        if prediction.image
        else '<span class="blank" aria-hidden="true">?</span>'
    )
    said = markup.chip(top) if top else '<span class="quiet">no class</span>'
    confidence = markup.percent(prediction.confidence) if prediction.confidence is not None else ""
    sign = SIGN[prediction.status]
    stamp = f'<span class="stamp">{sign}</span>' if sign else ""
    colour = text(top.colour) if top else "transparent"
    return (
        f'<button type="button" class="past" data-do="open" data-prediction="{prediction.id}" '
        f'data-testid="history-card" style="--edge:{colour}">{picture}'
        f'<span class="said">{said}</span><span class="sure"><b>{confidence}</b> {stamp}</span>'
        f'<span class="quiet file" title="{text(prediction.file)}">{text(prediction.file)}</span>'
        f'<span class="quiet">{markup.moment(prediction.when)}</span></button>'
    )
