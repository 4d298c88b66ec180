"""How sure is sure: one temperature that makes confidences honest."""

import numpy as np

from core import inference
from core.types import FloatArray, IntArray

_CANDIDATES = np.geomspace(0.25, 8.0, 161)


def temperature(logits: FloatArray, labels: IntArray) -> float:
    """Return the temperature in [0.25, 8] with the smallest log loss (Guo et al. 2017).

    `logits` are (N, V, K), `labels` (N,) columns, of samples that the weights were not fitted
    to. Above 1 means that the network was too sure of itself. 1 where there is nothing to fit.
    """
    if len(labels) < 2:
        return 1.0
    losses = [log_loss(inference.probabilities(logits, t), labels) for t in _CANDIDATES]
    return float(_CANDIDATES[int(np.argmin(losses))])


def log_loss(shares: FloatArray, labels: IntArray) -> float:
    """Return the mean of -log(probability of the own class); 0 is perfect."""
    own = shares[np.arange(len(labels)), labels]
    return float(-np.log(own.clip(1e-12)).mean())
