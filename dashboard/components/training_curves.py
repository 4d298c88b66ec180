"""The two questions about a training: is it still learning, and is it right on new patients?"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import figures
from dashboard.figures import Axes, Series

Event = Mapping[str, Any]


def _points(epochs: Sequence[Event], key: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(event["epoch"]), float(event[key])) for event in epochs if event.get(key) is not None
    )


def html(epochs: Sequence[Event], total: int, *, alive: bool) -> str:
    """Return the loss curves and the score curves; nothing for a run without epochs.

    While the run is alive the axes reach to the `total` of planned epochs, then to the last one.
    """
    if not total or not (epochs or alive):
        return ""
    last = max((int(event["epoch"]) for event in epochs), default=0)
    x_max = float(max(total if alive else last, 1))
    return f'<div class="charts">{_loss(epochs, x_max)}{_score(epochs, x_max, alive=alive)}</div>'


def _loss(epochs: Sequence[Event], x_max: float) -> str:
    train, validation = _points(epochs, "train_loss"), _points(epochs, "validation_loss")
    axes = Axes(
        title="Is it still learning?",
        caption="Cross-entropy loss; lower is better.",
        x_label="epoch",
        x_max=x_max,
        y_max=figures.nice_maximum(max((p[1] for p in (*train, *validation)), default=1.0)),
    )
    series = [
        Series(name="train", points=train, quiet=True, dashed=True),
        Series(name="validation", points=validation),
    ]
    return figures.lines(axes, series)


def _score(epochs: Sequence[Event], x_max: float, *, alive: bool) -> str:
    f1 = _points(epochs, "macro_f1")
    # The loop's own verdict: among epochs of equal macro-F1 the smaller loss is the better one.
    better = [float(event["epoch"]) for event in epochs if event.get("best")]
    mark = better[-1] if better else None
    so_far = " so far" if alive else ""
    said = "The first epoch runs." if mark is None else f"Dashed: best epoch{so_far}, {mark:.0f}."
    axes = Axes(
        title="Does it get new patients right?",
        caption=f"On validation images. {said}",
        x_label="epoch",
        x_max=x_max,
        y_max=1.0,
        percent=True,
        mark=mark,
    )
    balanced = _points(epochs, "balanced_accuracy")
    series = [
        Series(name="balanced accuracy", points=balanced, quiet=True, dashed=True),
        Series(name="macro-F1", points=f1),
    ]
    return figures.lines(axes, series)
