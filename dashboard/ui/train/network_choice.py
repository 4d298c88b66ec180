"""What is known of the networks to choose from, in words and as a table."""

from collections.abc import Sequence

import pandas as pd

from dashboard.services.runs.estimates import Expected
from dashboard.services.runs.networks import Choice
from dashboard.ui.shared import amounts

FETCH = (
    "Its weights are not on this computer yet: training fetches them from huggingface.co first, "
    "once. Nothing of yours is sent there."
)
MACS = (
    "MACs: multiply-accumulates for one photograph of the size that the network was made for. "
    "Speed: measured on this machine, where somebody has asked for it."
)
COLUMNS = {
    "Network": 150,
    "Parameters, millions": 100,
    "MACs, millions": 90,
    "Training, images/s": 90,
    "Prediction, images/s": 90,
}
"""Heading of the table -> its width in pixels."""
_MILLION = 1e6


def facts(choice: Choice, measuring: str, *, fetch: bool) -> str:
    """Return what a network weighs and how fast it is here; `measuring` is being measured."""
    words = (
        f"{_large(choice.parameters)} parameters, {_large(choice.macs)} multiply-accumulates "
        f"for a photograph of {choice.image_size}{amounts.NBSP}px."
    )
    if is_measured(choice):
        words += (
            f" On this machine {amounts.number(choice.train_rate or 0)} images per second in "
            f"training, {amounts.number(choice.forward_rate or 0)} in prediction."
        )
    elif measuring == choice.backbone:
        words += " Its speed is being measured …"
    return f"{words} {FETCH}" if fetch else words


def is_measured(choice: Choice) -> bool:
    """Say whether the speed of a network on this machine is known."""
    return choice.train_rate is not None and choice.forward_rate is not None


def table(choices: Sequence[Choice]) -> pd.DataFrame:
    """Return the recommended networks side by side; an unknown speed is missing."""
    rows = [
        (
            choice.name,
            round(choice.parameters / _MILLION, 2),
            round(choice.macs / _MILLION),
            choice.train_rate,
            choice.forward_rate,
        )
        for choice in choices
    ]
    *_, training, prediction = COLUMNS
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({training: float, prediction: float})


def time_words(expected: Expected) -> str:
    """Return how long a run takes, as the form says it before it starts."""
    if expected.measuring:
        return "Measuring how fast this computer is with this network…"
    if expected.postponed:
        return "How long it takes is measured when the run under way has ended."
    if expected.failed:
        return "How long it takes could not be measured; it is tried again in a minute."
    if expected.estimate is None:
        return ""
    most = amounts.duration(expected.estimate.seconds_at_most)
    each = expected.estimate.seconds_per_epoch
    if each is None:
        return f"About {most} on this computer."
    return f"About {amounts.duration(max(1, each))} per epoch, at most {most} on this computer."


def _large(n: int) -> str:
    """Return millions, or billions from one on."""
    whole, unit = (1e9, "G") if n >= 1e9 else (_MILLION, "M")
    return f"{amounts.number(n / whole)}{amounts.NBSP}{unit}"
