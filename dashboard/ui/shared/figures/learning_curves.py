"""The two questions about a training: is it still learning, and is it right on new patients?"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.services.runs import run_tables
from dashboard.services.runs.progress import Epoch
from dashboard.ui.shared import amounts, charts
from dashboard.ui.shared.charts import Chart

SIDES = {"train": "training", "validation": "validation"}
LOSS = ("epoch", "train_loss", "validation_loss")
MOST_MARKERS = 40
"""Of more epochs than this the line alone is drawn."""
SCORE = ("epoch", "macro_f1", "balanced_accuracy", "best")


def loss(
    epochs: Sequence[Epoch], planned: int, *, alive: bool, images: Mapping[str, int]
) -> Chart | None:
    """Return the loss on training and validation images; None for a run without epochs.

    The axis of a run that is alive reaches to the `planned` epochs, else to the last one.
    """
    if not planned or not (epochs or alive):
        return None
    figure = charts.figure(
        [
            _line(epochs, "train_loss", "train", quiet=True),
            _line(epochs, "validation_loss", "validation"),
        ],
        keep="loss",
        showlegend=True,
        xaxis=_epoch_axis(epochs, planned, alive=alive),
        yaxis={"title": "cross-entropy loss", "rangemode": "tozero"},
    )
    best = _best(epochs)
    _mark(figure, best)
    return Chart(
        figure=figure,
        title="Is it still learning?",
        caption=f"Loss on {_n(images, 'train')} and {_n(images, 'validation')} images; lower is "
        "better.",
        summary=_loss_summary(epochs),
        table=run_tables.history(epochs)[list(LOSS)],
        name="loss",
    )


def score(
    epochs: Sequence[Epoch], planned: int, *, alive: bool, images: Mapping[str, int]
) -> Chart | None:
    """Return macro-F1 and balanced accuracy on validation, the best epoch marked."""
    if not planned or not (epochs or alive):
        return None
    figure = charts.figure(
        [
            _line(epochs, "balanced_accuracy", "balanced accuracy", quiet=True, percent=True),
            _line(epochs, "macro_f1", "macro-F1", percent=True),
        ],
        keep="score",
        showlegend=True,
        xaxis=_epoch_axis(epochs, planned, alive=alive),
        yaxis={"title": "share right", "range": [0, 1], "tickformat": ".0%"},
    )
    _mark(figure, _best(epochs))
    verdict = best_epoch(epochs, alive=alive)
    return Chart(
        figure=figure,
        title="Does it get new patients right?",
        caption=f"On {_n(images, 'validation')} images. {verdict}",
        summary=verdict,
        table=run_tables.history(epochs)[list(SCORE)].replace({"best": {True: "yes", False: ""}}),
        name="score",
    )


def best_epoch(epochs: Sequence[Epoch], *, alive: bool) -> str:
    """Return which epoch is kept, and which one the curves end with."""
    best = _best(epochs)
    if best is None or best.macro_f1 is None:
        return "The first epoch runs."
    last, so_far = epochs[-1].number, " so far" if alive else ""
    reached = f"macro-F1 {amounts.percent(best.macro_f1)}"
    if not best.number and last:
        return (
            f"Dotted: the last layer alone, before the first epoch, is best{so_far}, with "
            f"{reached}: fine-tuning has not helped. The curves end with epoch {last}."
        )
    if not best.number:
        return f"Epoch 0: the last layer alone, with {reached}. The first epoch runs."
    if last == best.number:
        return (
            f"Dotted: best epoch{so_far}, {best.number}, with {reached}; it is the last one, too."
        )
    return (
        f"Dotted: best epoch{so_far}, {best.number}, with {reached}: that one is kept. "
        f"The curves end with epoch {last}."
    )


def _best(epochs: Sequence[Epoch]) -> Epoch | None:
    """Return the epoch that the training loop has kept: of equal macro-F1 that of less loss."""
    return next((epoch for epoch in reversed(epochs) if epoch.best), None)


def _line(
    epochs: Sequence[Epoch], column: str, name: str, *, quiet: bool = False, percent: bool = False
) -> go.Scatter:
    values = [getattr(epoch, column) for epoch in epochs]
    newest = next((value for value in reversed(values) if value is not None), None)
    value = "" if newest is None else amounts.percent(newest) if percent else amounts.number(newest)
    return go.Scatter(
        x=[epoch.number for epoch in epochs],
        y=values,
        name=f"{name} {value}".strip(),
        mode="lines+markers" if len(epochs) <= MOST_MARKERS else "lines",
        line={
            "color": charts.QUIET if quiet else charts.ACCENT,
            "dash": "dash" if quiet else "solid",
            "width": 2,
        },
        marker={"size": 4},
        hovertemplate=f"{name} %{{y:{'.1%' if percent else '.3f'}}}<extra></extra>",
    )


def _epoch_axis(epochs: Sequence[Epoch], planned: int, *, alive: bool) -> dict[str, object]:
    last = max((epoch.number for epoch in epochs), default=0)
    end = max(planned if alive else last, 1)
    return {
        "title": "epoch",
        "range": [0, end * 1.02],
        "tickformat": "d",
        "nticks": min(end, 8) + 1,
    }


def _mark(figure: go.Figure, best: Epoch | None) -> None:
    if best is not None:
        figure.add_vline(x=best.number, line_color=charts.QUIET, line_dash="dot", line_width=1.5)


def _n(images: Mapping[str, int], side: str) -> str:
    """Return "57 validation", or the side alone where nothing has been counted yet."""
    return f"{images[side]:,}{amounts.NBSP}{SIDES[side]}" if side in images else SIDES[side]


def _loss_summary(epochs: Sequence[Epoch]) -> str:
    measured = [epoch for epoch in epochs if epoch.validation_loss is not None]
    if not measured:
        return "No epoch has ended yet."
    first, last = measured[0], measured[-1]
    return (
        f"The validation loss went from {first.validation_loss:.3f} (epoch {first.number}) to "
        f"{last.validation_loss:.3f} (epoch {last.number})."
    )
