"""Where a photograph comes in (choose, drop, paste, camera), and where it is looked at."""

from core.types import Prediction
from dashboard.ui.shared.markup import text

LARGEST_MB = 50
"""A photograph larger than this is refused in the browser; the decoder has its own bounds."""


def html(prediction: Prediction | None, *, problem: str = "", turn: int = 0) -> str:
    """Return the drop zone, below the photograph that was asked about last.

    `turn` differs between two answers, so that the browser notices each of them.
    """
    viewer = _viewer(prediction) if prediction else ""
    return f'<div data-turn="{turn}">{viewer}{_zone(bool(viewer), problem)}</div>'


def _zone(small: bool, problem: str) -> str:
    kind = "zone small" if small else "zone"
    words = "Another photograph" if small else "Drop a photograph here"
    return (
        f'<section class="{kind}" data-testid="drop-zone" data-largest="{LARGEST_MB}">'
        f'<p class="call">{words}</p><div class="row"><label class="button primary pick">'
        'Choose a photograph<input type="file" accept="image/*" data-testid="predict-upload">'
        '</label><button type="button" class="button" data-camera data-testid="predict-camera">'
        "Take a photograph</button></div>"
        '<p class="quiet">or drop it here, or paste it with Ctrl+V</p>'
        '<p class="busy" role="status" hidden>Looking at the photograph …</p>'
        f'<p class="problem" role="alert" data-testid="predict-problem"'
        f"{'' if problem else ' hidden'}>{text(problem)}</p></section>"
    )


def _viewer(prediction: Prediction) -> str:
    if prediction.image is None:
        return ""
    heat = prediction.top is not None and prediction.id is not None
    slider = (
        '<label class="heat-control"><span>Heat map: where it looked</span><input type="range" '
        'min="0" max="100" value="45" data-testid="heat-slider" '
        'aria-label="Opacity of the heat map"></label>'
    )
    return (
        f'<figure class="viewer" data-prediction="{prediction.id or ""}" '
        f'data-heat="{"yes" if heat else ""}"><div class="layers">'
        f'<img class="photo" src="/media/{text(prediction.image)}" alt="{text(prediction.file)}" '
        'data-testid="predict-picture">'
        '<img class="heat" alt="" data-testid="heat-map" hidden></div>'
        f"{slider if heat else ''}</figure>"
    )
