"""Pictures that are hard to judge: blurred, dark, blown, tiny, oddly shaped, mostly frame."""

from collections.abc import Callable

import numpy as np

from core.imaging import measurements
from core.imaging.measurements import One, PictureFacts
from core.types import FloatArray

LEAST_SHARPNESS = 0.09
"""In the units of `PictureFacts.sharpness`; the softest hundredth of ordinary photographs."""
LEAST_SIDE = 100
"""Pixels of the shorter side."""
MOST_ELONGATED = 2.5
DARKEST = 0.18
"""Mean luma."""
MOST_DARK = 0.5
MOST_BLOWN = 0.25
MOST_BORDER = 0.25
PLAIN = 0.9
"""Share of border from which on a picture is plain as a whole, as a close look at bare skin is."""


def is_tiny(width: int, height: int) -> bool:
    """Say whether a picture has too few pixels to be judged by."""
    return min(width, height) <= LEAST_SIDE


def of_one(one: One) -> str:
    """Return what is wrong with a single picture as a sentence; empty where nothing is."""
    found = defects(measurements.stack([one]))
    return found[0][2] if found else ""


def defects(facts: PictureFacts) -> list[tuple[int, float, str]]:
    """Return (row, score, reason) of every picture with a defect.

    The score is .5 at the limit of a defect and nears 1 beyond it; that of the worst defect counts.
    """
    found = []
    checks = [(score(facts), reason) for score, reason in _CHECKS]
    for row in range(len(facts.width)):
        here = [(float(scores[row]), reason(facts, row)) for scores, reason in checks]
        bad = sorted((one for one in here if one[0] >= 0.5), key=lambda one: -one[0])
        if bad:
            sentence = ", ".join(reason for _, reason in bad)
            found.append((row, bad[0][0], f"{sentence[0].upper()}{sentence[1:]}."))
    return found


def _above(value: FloatArray, limit: float) -> FloatArray:
    """Return .5 at the limit, nearing 1 at many times the limit."""
    ratio = np.maximum(value, 0) / limit
    return np.asarray(ratio / (1 + ratio), dtype=np.float64)


def _below(value: FloatArray, limit: float) -> FloatArray:
    return np.asarray(limit / (limit + np.maximum(value, 0)), dtype=np.float64)


def _side(facts: PictureFacts) -> FloatArray:
    return np.minimum(facts.width, facts.height).astype(np.float64)


def _elongation(facts: PictureFacts) -> FloatArray:
    return np.maximum(facts.width, facts.height) / np.maximum(_side(facts), 1)


_CHECKS: tuple[
    tuple[Callable[[PictureFacts], FloatArray], Callable[[PictureFacts, int], str]], ...
] = (
    (
        lambda it: _below(it.sharpness, LEAST_SHARPNESS),
        lambda it, row: f"blurred (sharpness {it.sharpness[row]:.2f})",
    ),
    (
        lambda it: np.maximum(_below(it.brightness, DARKEST), _above(it.dark, MOST_DARK)),
        lambda it, row: f"dark ({100 * it.dark[row]:.0f} % of it nearly black)",
    ),
    (
        lambda it: _above(it.blown, MOST_BLOWN),
        lambda it, row: f"blown out ({100 * it.blown[row]:.0f} % of it nearly white)",
    ),
    (
        lambda it: _below(_side(it), LEAST_SIDE),
        lambda it, row: f"tiny ({it.width[row]} × {it.height[row]} pixels)",
    ),
    (
        lambda it: _above(_elongation(it), MOST_ELONGATED),
        lambda it, row: f"an odd shape ({it.width[row]} × {it.height[row]} pixels)",
    ),
    (
        lambda it: _above(np.where(it.border < PLAIN, it.border, 0), MOST_BORDER),
        lambda it, row: f"framed ({100 * it.border[row]:.0f} % of it is plain border)",
    ),
)
