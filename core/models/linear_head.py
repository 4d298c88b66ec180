"""The classifier head of a linear probe: regularised logistic regression on embeddings."""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import nn

from core.models.inference import Head
from core.settings.config import head_views
from core.types import FloatArray, IntArray

STRENGTH = 0.01
"""Inverse regularisation. Fixed: choosing it on a few dozen held-out images did no better."""


@dataclass(frozen=True, kw_only=True)
class ProbeData:
    """Embeddings of N samples in V views each, to fit a head to."""

    embeddings: npt.NDArray[np.float32]
    """(N, V, D)"""
    labels: IntArray
    """(N,) columns"""
    weights: FloatArray
    """(N,) of the samples in the loss"""


def fit(data: ProbeData, classes: int, strength: float = STRENGTH) -> Head:
    """Fit multinomial logistic regression; every view is a training row.

    The embeddings are standardised for the fit; the scaling is folded into the result. Classes
    without samples get a logit that never wins.
    """
    images, views = data.embeddings.shape[:2]
    embeddings = data.embeddings[:, : head_views(views, images)]
    count, per_sample, width = embeddings.shape
    flat = embeddings.reshape(count * per_sample, width)
    mean, deviation = flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64)
    deviation[deviation < 1e-6] = 1.0
    rows = ((flat - mean) / deviation).astype(np.float32)
    solver = LogisticRegression(C=strength, max_iter=300, tol=1e-4)
    # Each step multiplies a tall matrix with a handful of columns: threads would wait for each
    # other three times as long as they compute.
    with warnings.catch_warnings(), threadpool_limits(1):
        # The last digits of the optimum change no prediction worth waiting for.
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(
            rows,
            np.repeat(data.labels, per_sample),
            sample_weight=np.repeat(data.weights / per_sample, per_sample),
        )
    coefficients, intercepts = solver.coef_.astype(np.float64), solver.intercept_
    if len(solver.classes_) == 2:
        coefficients, intercepts = _two(coefficients), _two(intercepts)
    weight = np.zeros((classes, width))
    bias = np.full(classes, float(intercepts.min()) - 20.0)
    weight[solver.classes_] = coefficients / deviation
    bias[solver.classes_] = intercepts - weight[solver.classes_] @ mean
    return Head(weight=weight, bias=bias)


def _two(binary: FloatArray) -> FloatArray:
    return np.concatenate([-binary / 2, binary / 2])


def write_into(head: Head, layer: nn.Linear) -> None:
    """Make a head the last layer of a network."""
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(head.weight))
        layer.bias.copy_(torch.from_numpy(head.bias))
