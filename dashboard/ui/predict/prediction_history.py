"""Earlier predictions: thumbnails, what was said, and a search."""

from collections.abc import Collection, Sequence

from core.types import ClassInfo, ImageId, Prediction, PredictionStatus
from dashboard.ui.predict.answer import NONE_OF_THEM
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text

SIGN = {
    PredictionStatus.UNUSABLE: "no answer",
    PredictionStatus.KNOWN: "known",
    PredictionStatus.OK: "",
}


def html(
    predictions: Sequence[Prediction],
    classes: Sequence[ClassInfo],
    *,
    search: str,
    more: bool,
    tiny: Collection[ImageId] = (),
) -> str:
    """Return the history, newest first; `more` offers the next ones.

    `tiny` are pictures with too few pixels for any answer to be sure.
    """
    if not predictions and not search:
        return ""
    names = {info.id: info for info in classes}
    cards = "".join(
        _card(
            prediction,
            names.get(prediction.top) if prediction.top else None,
            tiny=prediction.image in tiny,
        )
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


def _card(prediction: Prediction, top: ClassInfo | None, *, tiny: bool) -> str:
    picture = (
        f'<img src="/thumb/{text(prediction.image)}.webp" alt="" loading="lazy">'
        if prediction.image
        else '<span class="blank" aria-hidden="true">?</span>'
    )
    none = prediction.status is PredictionStatus.NOVEL
    colour = text(top.colour) if top and not none else "transparent"
    return (
        f'<button type="button" class="past" data-do="open" data-prediction="{prediction.id}" '
        f'data-testid="history-card" style="--edge:{colour}">{picture}'
        f"{_said(prediction, top, tiny=tiny)}"
        f'<span class="quiet file" title="{text(prediction.file)}">{text(prediction.file)}</span>'
        f'<span class="quiet">{markup.moment(prediction.when)}</span></button>'
    )


def _said(prediction: Prediction, top: ClassInfo | None, *, tiny: bool) -> str:
    """Return what was said: a class with its share, or that it is none of them."""
    share = "" if prediction.confidence is None else markup.percent(prediction.confidence)
    if prediction.status is PredictionStatus.NOVEL:
        likeliest = f"likeliest {text(top.name)} {share}" if top else ""
        return f'<b class="abstained">{NONE_OF_THEM}</b><span class="quiet">{likeliest}</span>'
    said = markup.chip(top) if top else '<span class="quiet">no class</span>'
    signs = [SIGN[prediction.status], "too small" if tiny else ""]
    stamps = " ".join(f'<span class="stamp">{sign}</span>' for sign in signs if sign)
    sure = f'<span class="quiet">{share}</span>' if tiny else f"<b>{share}</b>"
    return f'<span class="said">{said}</span><span class="sure">{sure} {stamps}</span>'
