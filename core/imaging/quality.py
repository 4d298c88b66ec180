"""Images that are hard to judge: blurred, dark, blown, tiny, oddly shaped, mostly frame."""

from collections.abc import Callable

import numpy as np

from core.imaging import measurements
from core.imaging.measurements import ImageFacts, One
from core.types import FloatArray

LEAST_SHARPNESS = 0.09
"""In the units of `ImageFacts.sharpness`; the softest hundredth of ordinary photographs."""
LEAST_SIDE = 100
"""Pixels of the shorter side."""
MOST_ELONGATED = 2.5
DARKEST = 0.18
"""Mean luma."""
MOST_DARK = 0.5
MOST_BLOWN = 0.25
MOST_BORDER = 0.25
PLAIN = 0.9
"""Share of border from which on an image is plain as a whole, as a close look at bare skin is."""


def is_tiny(width: int, height: int) -> bool:
    """Say whether an image has too few pixels to be judged by."""
    return min(width, height) <= LEAST_SIDE


def of_one(measured: One) -> str:
    """Return what is wrong with a single image as a sentence; empty where nothing is."""
    found_defects = defects(measurements.stack([measured]))
    return found_defects[0][2] if found_defects else ""


def defects(facts: ImageFacts) -> list[tuple[int, float, str]]:
    """Return (row, score, reason) of every image with a defect.

    The score is .5 at the limit of a defect and nears 1 beyond it; that of the worst defect counts.
    """
    poor = []
    checks = [(score(facts), reason) for score, reason in _CHECKS]
    for row in range(len(facts.width)):
        here = [(float(scores[row]), reason(facts, row)) for scores, reason in checks]
        bad = sorted((defect for defect in here if defect[0] >= 0.5), key=lambda defect: -defect[0])
        if bad:
            sentence = ", ".join(reason for _, reason in bad)
            poor.append((row, bad[0][0], f"{sentence[0].upper()}{sentence[1:]}."))
    return poor


def _above(value: FloatArray, limit: float) -> FloatArray:
    """Return .5 at the limit, nearing 1 at many times the limit."""
    ratio = np.maximum(value, 0) / limit
    return np.asarray(ratio / (1 + ratio), dtype=np.float64)


def _below(value: FloatArray, limit: float) -> FloatArray:
    return np.asarray(limit / (limit + np.maximum(value, 0)), dtype=np.float64)


def _side(facts: ImageFacts) -> FloatArray:
    return np.minimum(facts.width, facts.height).astype(np.float64)


def _elongation(facts: ImageFacts) -> FloatArray:
    return np.maximum(facts.width, facts.height) / np.maximum(_side(facts), 1)


_CHECKS: tuple[tuple[Callable[[ImageFacts], FloatArray], Callable[[ImageFacts, int], str]], ...] = (
    (
        lambda facts: _below(facts.sharpness, LEAST_SHARPNESS),
        lambda facts, row: f"blurred (sharpness {facts.sharpness[row]:.2f})",
    ),
    (
        lambda facts: np.maximum(_below(facts.brightness, DARKEST), _above(facts.dark, MOST_DARK)),
        lambda facts, row: f"dark ({100 * facts.dark[row]:.0f} % of it nearly black)",
    ),
    (
        lambda facts: _above(facts.blown, MOST_BLOWN),
        lambda facts, row: f"blown out ({100 * facts.blown[row]:.0f} % of it nearly white)",
    ),
    (
        lambda facts: _below(_side(facts), LEAST_SIDE),
        lambda facts, row: f"tiny ({facts.width[row]} × {facts.height[row]} pixels)",
    ),
    (
        lambda facts: _above(_elongation(facts), MOST_ELONGATED),
        lambda facts, row: f"an odd shape ({facts.width[row]} × {facts.height[row]} pixels)",
    ),
    (
        lambda facts: _above(np.where(facts.border < PLAIN, facts.border, 0), MOST_BORDER),
        lambda facts, row: f"framed ({100 * facts.border[row]:.0f} % of it is plain border)",
    ),
)
