"""The input of finders (evidence about a data set) and their output (findings)."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.curation.near_duplicates import Twin
from core.imaging.measurements import ImageFacts
from core.types import Embeddings, IntArray, Probabilities, Split


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What finders read about N samples."""

    embeddings: Sequence[Embeddings]
    """(N, D), one for each input size of the network."""
    facts: ImageFacts
    """Measured on the N images."""
    labels: IntArray
    """(N,) columns of `class_names`; -1: none"""
    class_names: Sequence[str]
    folds: IntArray
    """(N,) by group; negative (the test split): scored, never fitted to"""
    groups: IntArray
    """(N,)"""
    patients: Sequence[frozenset[str]]
    """Names of the patients that sources and decisions claim for each sample; may be empty."""
    splits: Sequence[Split | None]
    copies: IntArray
    """(N,) sources with these pixels; 2 or more: an exact duplicate"""
    origins: Sequence[str]
    """Name of the collection that each sample comes from, or empty."""
    twins: Sequence[Twin] = ()
    """Pairs of rows whose images overlap."""
    opinion: Probabilities | None = None
    """(N, K) out-of-fold: what embeddings and a fine-tuned run say together; None before there are
    two classes to learn from."""
    second: Probabilities | None = None
    """(N, K) out-of-fold probabilities of a fine-tuned run; NaN rows where it has none."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a finder suspects of one sample."""

    row: int
    score: float
    """In [0, 1], higher is worse."""
    reason: str
    certain: bool = True
    """False: scored for completeness, not suspected."""
    suggested: int | None = None
    """Column of the class that the label should rather be."""
    related: tuple[int, ...] = ()
    """Rows to look at beside it."""
