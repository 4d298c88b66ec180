"""Out-of-fold class probabilities of each sample, combined from several cheap classifiers."""

from collections.abc import Sequence

import numpy as np

from core.curation import label_errors
from core.types import Embeddings, IntArray, Probabilities


def of_all(
    embeddings: Sequence[Embeddings],
    labels: IntArray,
    folds: IntArray,
    classes: int,
    second: Probabilities | None = None,
) -> Probabilities:
    """Return (N, K): probabilities of a discriminant and of neighbours on each of the embeddings.

    `labels` are (N,) columns, -1: none; `folds` (N,) by group. Whoever has no label or a negative
    fold (the test split) is told an opinion and has none. `second` are the out-of-fold
    probabilities of a fine-tuned run, NaN rows where it says nothing: a further opinion. Needs
    labels of at least two classes in non-negative folds.
    """
    heard = np.where(labels < 0, -1, folds)
    columns = np.maximum(labels, 0)  # Nothing reads the label of a row whose fold is negative.
    opinions = []
    for vectors in embeddings:
        opinions.append(label_errors.discriminant(vectors, columns, heard, classes))
        opinions.append(label_errors.neighbours(vectors, columns, heard, classes))
    consensus = label_errors.combined(opinions)
    if second is None:
        return consensus
    scored = np.isfinite(second).all(axis=1)
    # The run weighs as much as one of the embeddings' two opinions.
    consensus[scored] = label_errors.combined(
        [*(opinion[scored] for opinion in opinions), second[scored], second[scored]]
    )
    return consensus
