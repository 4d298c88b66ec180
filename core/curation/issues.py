"""Finders of suspected defects of a data set. Arrays in, findings out.

A finder returns the samples that it suspects: a score in [0, 1], higher = worse, and a reason
that a person understands. Samples without suspicion are not listed, except for labels, where
every labelled sample is scored.
"""

from collections.abc import Callable, Mapping

import numpy as np

from core.curation import label_errors, relation_issues, shortcuts, similarity
from core.curation.evidence import Evidence, Finding
from core.data import nearest_neighbours
from core.data.nearest_neighbours import Cosines
from core.imaging import quality
from core.types import Embeddings, FloatArray, IntArray, IssueKind

_NEIGHBOURS = 10
_FAR = 3.5
"""Robust z-score from which an image is an outlier."""


def labels(evidence: Evidence) -> list[Finding]:
    """Score every labelled sample: near 1 where another class is far more probable."""
    if evidence.opinion is None:
        return []
    rows = np.flatnonzero(evidence.labels >= 0)
    shares = evidence.opinion[rows]
    scores, suggested = label_errors.scores(shares, evidence.labels[rows])
    doubted = label_errors.flagged(shares, evidence.labels[rows])
    return [
        Finding(
            row=int(row),
            score=float(score),
            reason=f"Pictures like it say {evidence.class_names[rather]} "
            f"({_percent(shares[place, rather])}); its label is "
            f"{evidence.class_names[evidence.labels[row]]} "
            f"({_percent(shares[place, evidence.labels[row]])}).",
            certain=bool(doubted[place]),
            suggested=int(rather),
        )
        for place, (row, score, rather) in enumerate(zip(rows, scores, suggested, strict=True))
    ]


def outliers(evidence: Evidence) -> list[Finding]:
    """List images that are far from all others; score grows with the distance.

    Measured is the mean cosine distance to the ten nearest images of other patients, as a robust
    z-score (median, median absolute deviation).
    """
    count = len(evidence.labels)
    if count <= 2 * _NEIGHBOURS:
        return []
    distances = np.mean(
        [_distances(vectors, evidence.groups) for vectors in evidence.embeddings], axis=0
    )
    middle = np.median(distances)
    spread = 1.4826 * np.median(np.abs(distances - middle))
    far = (distances - middle) / max(float(spread), 1e-9)
    return [
        Finding(
            row=int(row),
            score=float(1 - np.exp(-far[row] / (2 * _FAR))),
            reason="It is unlike every other photograph here: perhaps not what this set is about.",
        )
        for row in np.flatnonzero(far > _FAR)
    ]


def poor_quality(evidence: Evidence) -> list[Finding]:
    """List blurred, dark, blown, tiny, oddly shaped and framed images; score: how far gone."""
    return [
        Finding(row=row, score=score, reason=reason)
        for row, score, reason in quality.defects(evidence.facts)
    ]


def spurious(evidence: Evidence) -> list[Finding]:
    """List samples whose class can be predicted from size, light or source alone.

    Score: what that cue alone gives their class, out of fold. Nothing where no cue tells more than
    chance would.
    """
    findings: dict[int, Finding] = {}
    for cue in shortcuts.find(
        evidence.facts, evidence.origins, evidence.labels, evidence.folds, len(evidence.class_names)
    ):
        for row in np.flatnonzero(cue.told):
            score = float(cue.shares[row, evidence.labels[row]])
            if row in findings and findings[int(row)].score >= score:
                continue
            findings[int(row)] = Finding(
                row=int(row),
                score=score,
                reason=f"{cue.name} alone tells the class (balanced accuracy "
                f"{_percent(cue.balanced_accuracy)}, chance {_percent(cue.chance)}): a model may "
                "learn that instead of the skin.",
            )
    return list(findings.values())


FINDERS: Mapping[IssueKind, Callable[[Evidence], list[Finding]]] = {
    IssueKind.LABEL: labels,
    IssueKind.EXACT_DUPLICATE: relation_issues.exact_duplicates,
    IssueKind.NEAR_DUPLICATE: relation_issues.near_duplicates,
    IssueKind.CROSS_PATIENT: relation_issues.cross_patient,
    IssueKind.LEAK: relation_issues.leaks,
    IssueKind.OUTLIER: outliers,
    IssueKind.QUALITY: poor_quality,
    IssueKind.SIBLINGS: relation_issues.siblings,
    IssueKind.SHORTCUT: spurious,
}


def _distances(vectors: Embeddings, groups: IntArray) -> FloatArray:
    """Return (N,) mean cosine distances to the nearest rows of other groups."""
    units = similarity.units(vectors)

    def other_groups(cosines: Cosines, rows: IntArray) -> None:
        cosines[groups[rows][:, None] == groups[None]] = -np.inf

    nearest = nearest_neighbours.search(units, units, _NEIGHBOURS, adjust=other_groups).cosines
    # Where there are too few others, the missing ones count as the opposite direction.
    cosines = np.where(np.isfinite(nearest), nearest, -1.0).astype(np.float64)
    return np.asarray(1 - cosines.mean(axis=1))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
