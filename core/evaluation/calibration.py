"""Temperature scaling: one parameter that calibrates confidences."""

import numpy as np

from core.models import inference
from core.types import FloatArray, IntArray

_CANDIDATES = np.geomspace(0.25, 8.0, 161)
_SPREAD = 0.35
"""Standard deviation of the prior on ln T: half to twice is its 95 % range."""


def temperature(logits: FloatArray, labels: IntArray) -> float:
    """Return the most plausible temperature in [0.25, 8] (Guo et al. 2017), 1 before any evidence.

    The smallest sum of log losses and of (ln T)^2 / (2 * 0.35^2), a normal prior on ln T: of few
    samples, all of them right, the losses alone would give the smallest temperature. From
    some hundred samples on the prior hardly counts.

    `logits` are (N, V, K), `labels` (N,) columns, of samples that the weights were not fitted
    to. Above 1 means that the network was overconfident.
    """
    if not len(labels):
        return 1.0
    prior = np.log(_CANDIDATES) ** 2 / (2 * _SPREAD**2)
    losses = [log_loss(inference.probabilities(logits, t), labels) for t in _CANDIDATES]
    return float(_CANDIDATES[int(np.argmin(len(labels) * np.array(losses) + prior))])


def log_loss(shares: FloatArray, labels: IntArray) -> float:
    """Return the mean of -log(probability of the own class); 0 is perfect."""
    own = shares[np.arange(len(labels)), labels]
    return float(-np.log(own.clip(1e-12)).mean())
