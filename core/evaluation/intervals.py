"""95 % intervals: bootstrap over patients, and Wilson where resampling cannot move the value.

Photographs of one patient are alike, so patients are drawn, never photographs. A cell in which
everything is right (or wrong) stays so in every draw; there the Wilson score interval with n = the
number of patients is honest, a bootstrap of width zero is not.
"""

import math
from statistics import NormalDist

import numpy as np

from core.types import FloatArray, IntArray, Metric

DRAWS = 2_000
"""Bootstrap draws behind every interval."""
_Z = 1.959963984540054
"""Quantile of the normal distribution that leaves 2.5 % on either side."""
_SAME = 1e-9
"""Draws closer together than this are one value with rounding noise."""


def wilson(value: float, n: float) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion.

    Args:
        value: the proportion in [0, 1].
        n: how many independent observations it rests on; it need not be whole.
    """
    if n <= 0:
        return 0.0, 1.0
    centre = (value + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(value * (1 - value) / n + _Z**2 / (4 * n**2))
    low = 0.0 if value == 0 else max(0.0, centre - half)
    high = 1.0 if value == 1 else min(1.0, centre + half)
    return low, high


def resample_patients(per_patient: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return bootstrap draws: patients drawn with replacement, their counts summed.

    Patients with equal contributions are drawn together by one multinomial, which has exactly the
    distribution of drawing them one by one and stays small with 20,000 patients.

    Args:
        per_patient: (G, ...) counts of each patient, such as a (K, K) confusion matrix.
        rng: where the randomness comes from.

    Returns:
        (DRAWS, ...) counts.
    """
    patients, *shape = per_patient.shape
    patterns, copies = np.unique(per_patient.reshape(patients, -1), axis=0, return_counts=True)
    weights = rng.multinomial(patients, copies / patients, size=DRAWS)
    drawn: FloatArray = weights.astype(np.float64) @ patterns.astype(np.float64)
    return drawn.reshape(DRAWS, *shape)


def is_one_value(draws: FloatArray) -> bool:
    """Say whether no draw differs from the others, up to rounding noise."""
    return bool(np.ptp(draws) < _SAME)


def metric(value: float, draws: FloatArray, n: float) -> Metric:
    """Return a value with its interval.

    Args:
        value: the measured value in [0, 1].
        draws: (DRAWS,) the value in each bootstrap draw; NaN where the draw leaves it undefined.
        n: patients that the value rests on, for Wilson.
    """
    defined = draws[np.isfinite(draws)]
    if defined.size == 0 or is_one_value(defined):
        low, high = wilson(value, n)
    else:
        low, high = (float(edge) for edge in np.percentile(defined, [2.5, 97.5]))
    return Metric(value=value, low=min(low, value), high=max(high, value))


def together(gain: Metric, comparisons: int) -> Metric:
    """Widen an interval so that `comparisons` of its kind hold simultaneously in 95 % of cases.

    Bonferroni's correction on the scale of the normal distribution: the best of many equals looks
    better than one of two.
    """
    quantile = NormalDist().inv_cdf(1 - 0.025 / max(1, comparisons))
    low, high = (gain.value + (edge - gain.value) * quantile / _Z for edge in (gain.low, gain.high))
    return Metric(value=gain.value, low=max(-1.0, low), high=min(1.0, high))


def difference(first: Metric, second: Metric) -> Metric:
    """Return `first` minus `second`, with an interval from the intervals of both.

    The square-and-add method (Newcombe 1998, "Interval estimation for the difference between
    independent proportions"; Zou and Donner 2008 for any two intervals). For measurements on
    different images: where the same patients are in both it is conservative.

    Returns:
        The value and its limits in [-1, 1]; above 0: `first` is higher.
    """
    value = first.value - second.value
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    return Metric(value=value, low=max(-1.0, value - down), high=min(1.0, value + up))
