"""Which labels are probably wrong: predictions from embeddings against the given labels.

Two classifiers that fail differently are combined: a discriminant fitted to the other folds (global
class shapes) and the labels of the nearest images of other folds (local structure). Both are cheap
enough to score every sample.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cleanlab.filter import find_label_issues
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.data import nearest_neighbours
from core.data.nearest_neighbours import Cosines
from core.types import Embeddings, FloatArray, IntArray, Probabilities

DIMENSIONS = 256
"""Principal components that the discriminant is fitted in."""
NEIGHBOUR_DIMENSIONS = 128
NEIGHBOURS = 15
_SHARPNESS = 8.0
"""How much more a near neighbour counts: votes weigh exp(sharpness x cosine)."""
_LEAST = 1e-9
_MOST = 0.2
_DOUBT = 0.01
"""Share of a vote that every class gets, so that no class is ruled out by its neighbours."""


def discriminant(
    embeddings: Embeddings, labels: IntArray, folds: IntArray, classes: int
) -> Probabilities:
    """Return (N, K) out-of-fold probabilities of linear discriminants with shrunk covariances.

    `embeddings` are (N, D), `labels` (N,) columns, `folds` (N,): samples of one group share a
    fold; what is in a negative fold (the test split) is scored and never fitted to. Shrinkage
    after Ledoit and Wolf (2004). A class that is missing outside a fold gets none there.
    """
    probabilities = np.zeros((len(labels), classes))
    for fold in np.unique(folds):
        held, others = folds == fold, (folds != fold) & (folds >= 0)
        if len(np.unique(labels[others])) < 2:
            probabilities[held] = 1 / classes
            continue
        seen, shown = _components(embeddings[others], embeddings[held], DIMENSIONS)
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        model.fit(seen, labels[others])
        probabilities[np.ix_(held, model.classes_)] = model.predict_proba(shown)
    return probabilities


def neighbours(
    embeddings: Embeddings, labels: IntArray, folds: IntArray, classes: int
) -> Probabilities:
    """Return (N, K): how the nearest images of other folds are labelled, rows sum to one.

    The arguments are those of `discriminant`; what is in a negative fold has no vote.
    """
    spread, _ = _components(embeddings, embeddings[:0], NEIGHBOUR_DIMENSIONS)
    units = nearest_neighbours.unit_rows(spread.astype(np.float32))

    def other_folds(cosines: Cosines, rows: IntArray) -> None:
        cosines[(folds[rows][:, None] == folds[None]) | (folds[None] < 0)] = -np.inf

    nearest = nearest_neighbours.search(units, units, NEIGHBOURS, adjust=other_folds)
    # What cannot vote is infinitely far away: exp(-inf) = 0.
    weights = np.exp(_SHARPNESS * nearest.cosines.astype(np.float64))
    votes = np.zeros((len(labels), classes))
    rows = np.repeat(np.arange(len(labels)), nearest.rows.shape[1])
    np.add.at(votes, (rows, labels[nearest.rows].ravel()), weights.ravel())
    total = votes.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, votes / np.where(total > 0, total, 1), 1 / classes)
    return (1 - _DOUBT) * shares + _DOUBT / classes


def combined(opinions: Sequence[Probabilities]) -> Probabilities:
    """Return the normalised geometric mean of (N, K) probabilities; one low value outweighs."""
    logs = np.mean([np.log(np.clip(opinion, _LEAST, 1)) for opinion in opinions], axis=0)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def scores(probabilities: Probabilities, labels: IntArray) -> tuple[FloatArray, IntArray]:
    """Return (N,) scores in [0, 1], higher = more probably wrong, and the best other labels.

    The score is what is left of the best other class against the given one: .5 where both are
    equally probable, near 1 where another class is far more probable.
    """
    rows = np.arange(len(labels))
    own = np.clip(probabilities[rows, labels], _LEAST, 1)
    others = probabilities.copy()
    others[rows, labels] = -1.0
    best = others.argmax(axis=1)
    other = np.clip(others[rows, best], _LEAST, 1)
    return other / (other + own), best


def flagged(probabilities: Probabilities, labels: IntArray) -> npt.NDArray[np.bool_]:
    """Return which labels are probably wrong, by confident learning (Northcutt et al. 2021).

    A label is where another class is as probable as it usually is for samples of its own. At most
    a fifth, the worst: a classifier that doubts more labels is not reliable.
    """
    flags = np.zeros(len(labels), dtype=np.bool_)
    present, columns = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        return flags
    shares = np.clip(probabilities[:, present], _LEAST, 1)
    shares /= shares.sum(axis=1, keepdims=True)
    doubted = np.asarray(
        find_label_issues(columns, shares, filter_by="confident_learning", n_jobs=1)
    )
    worst = np.argsort(-scores(probabilities, labels)[0], kind="stable")
    kept = [row for row in worst.tolist() if doubted[row]][: max(1, round(len(labels) * _MOST))]
    flags[kept] = True
    return flags


def _components(seen: Embeddings, shown: Embeddings, most: int) -> tuple[FloatArray, FloatArray]:
    """Return both sets standardised, in the principal components of the first."""
    mean, deviation = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    fitted = PCA(min(most, len(seen) - 1, seen.shape[1]), random_state=0)
    spread = fitted.fit_transform((seen - mean) / deviation)
    if not len(shown):
        return spread, np.zeros((0, spread.shape[1]))
    return spread, fitted.transform((shown - mean) / deviation)
