"""The two questions about a training: is it still learning, and is it right on new patients?"""

from collections.abc import Mapping, Sequence

from dashboard.services.runs.progress import Epoch
from dashboard.ui.shared import markup
from dashboard.ui.shared import svg_charts as charts
from dashboard.ui.shared.svg_charts import Axes, Series

SAID = {"train": "training", "validation": "validation"}


def _points(epochs: Sequence[Epoch], key: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(epoch.number), float(value))
        for epoch in epochs
        if (value := getattr(epoch, key)) is not None
    )


def html(epochs: Sequence[Epoch], total: int, *, alive: bool, images: Mapping[str, int]) -> str:
    """Return the loss curves and the score curves; nothing for a run without epochs.

    While the run is alive the axes reach to the `total` of planned epochs, then to the last one.
    """
    if not total or not (epochs or alive):
        return ""
    last = max((epoch.number for epoch in epochs), default=0)
    x_max = float(max(total if alive else last, 1))
    loss = _loss(epochs, x_max, images)
    score = _score(epochs, x_max, alive=alive, images=images)
    return f'<div class="charts">{loss}{score}</div>'


def _n(images: Mapping[str, int], split: str) -> str:
    """Return "57 validation", or the split alone where nothing has been counted yet."""
    return f"{images[split]:,}{markup.NBSP}{SAID[split]}" if split in images else SAID[split]


def _loss(epochs: Sequence[Epoch], x_max: float, images: Mapping[str, int]) -> str:
    train, validation = _points(epochs, "train_loss"), _points(epochs, "validation_loss")
    axes = Axes(
        title="Is it still learning?",
        caption=f"Cross-entropy loss on {_n(images, 'train')} and "
        f"{_n(images, 'validation')} images; lower is better.",
        x_label="epoch",
        x_max=x_max,
        y_max=charts.nice_maximum(max((p[1] for p in (*train, *validation)), default=1.0)),
    )
    series = [
        Series(name="train", points=train, quiet=True, dashed=True),
        Series(name="validation", points=validation),
    ]
    return charts.lines(axes, series)


def _said(f1: Sequence[tuple[float, float]], mark: float | None, so_far: str) -> str:
    """Return what the dashed line and the numbers at the lines' ends are."""
    if mark is None or not f1:
        return "The first epoch runs."
    best = next((value for epoch, value in f1 if epoch == mark), None)
    reached = "" if best is None else f", with macro-F1 {markup.percent(best)}"
    last = f1[-1][0]
    if not mark and last:
        return (
            f"Dashed: the last layer alone, before the first epoch, is best{so_far}{reached}: "
            f"fine-tuning has not helped. The numbers at the lines' ends are of epoch {last:.0f}."
        )
    if not mark:
        return f"Epoch 0: the last layer alone{reached}. The first epoch runs."
    if last == mark:
        return f"Dashed: best epoch{so_far}, {mark:.0f}{reached}; it is the last one, too."
    return (
        f"Dashed: best epoch{so_far}, {mark:.0f}{reached}: that one is kept. "
        f"The numbers at the lines' ends are of the last epoch, {last:.0f}."
    )


def _score(epochs: Sequence[Epoch], x_max: float, *, alive: bool, images: Mapping[str, int]) -> str:
    f1 = _points(epochs, "macro_f1")
    # The loop's own verdict: among epochs of equal macro-F1 the smaller loss is the better one.
    better = [float(epoch.number) for epoch in epochs if epoch.best]
    mark = better[-1] if better else None
    so_far = " so far" if alive else ""
    said = _said(f1, mark, so_far)
    axes = Axes(
        title="Does it get new patients right?",
        caption=f"On {_n(images, 'validation')} images. {said}",
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
    return charts.lines(axes, series)
