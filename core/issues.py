"""Finders: what looks wrong with a data set. Arrays in, findings out.

A finder tells what it suspects of which samples: a score in [0, 1], higher = worse, and a reason
that a person understands. What a finder does not suspect it does not list, except for labels, where
every labelled sample is scored.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import alike, label_errors, quality, shortcuts
from core.near_duplicates import Twin
from core.picture_facts import PictureFacts
from core.types import Embeddings, FloatArray, IntArray, IssueKind, Probabilities, Split


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of N samples when defects are looked for."""

    embeddings: Sequence[Embeddings]
    """(N, D), one for each size that pictures were looked at with."""
    facts: PictureFacts
    """Measured on the N pictures."""
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
    """Pairs of rows whose pictures overlap."""
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


SIDES = (Split.TRAIN, Split.VALIDATION, Split.TEST)
_NEIGHBOURS = 10
_FAR = 3.5
"""Robust standard deviations from which a picture is unlike the rest."""
_NAMED = 4
"""Related rows that a finding names."""


def labels(it: Evidence) -> list[Finding]:
    """Score every labelled sample: near 1 where another class is far likelier than its label."""
    if it.opinion is None:
        return []
    rows = np.flatnonzero(it.labels >= 0)
    shares = it.opinion[rows]
    scores, suggested = label_errors.scores(shares, it.labels[rows])
    doubted = label_errors.flagged(shares, it.labels[rows])
    return [
        Finding(
            row=int(row),
            score=float(score),
            reason=f"Pictures like it say {it.class_names[rather]} "
            f"({_percent(shares[place, rather])}); its label is "
            f"{it.class_names[it.labels[row]]} ({_percent(shares[place, it.labels[row]])}).",
            certain=bool(doubted[place]),
            suggested=int(rather),
        )
        for place, (row, score, rather) in enumerate(zip(rows, scores, suggested, strict=True))
    ]


def exact_duplicates(it: Evidence) -> list[Finding]:
    """List samples that came as several files with the same pixels; score 1."""
    return [
        Finding(row=int(row), score=1.0, reason=f"{it.copies[row]} files have exactly its pixels.")
        for row in np.flatnonzero(it.copies > 1)
    ]


def near_duplicates(it: Evidence) -> list[Finding]:
    """List samples whose picture overlaps another one; score: how surely."""
    found = []
    for row, others in _twins_of(it).items():
        best = others[0]
        reason = "It shows the same as another photograph, at least in part"
        if len(others) > 1:
            reason = f"It shows the same as {len(others)} other photographs, at least in part"
        found.append(
            Finding(
                row=row,
                score=best.likeness,
                reason=f"{reason}.",
                related=tuple(_other(twin, row) for twin in others[:_NAMED]),
            )
        )
    return found


def cross_patient(it: Evidence) -> list[Finding]:
    """List pictures that are claimed for several patients, or overlap one of another patient."""
    found = {
        row: Finding(
            row=row,
            score=1.0,
            reason=f"The same picture is given for {len(names)} patients: {_listed(names)}.",
        )
        for row, names in enumerate(it.patients)
        if len(names) > 1
    }
    for row, others in _twins_of(it).items():
        foreign = [twin for twin in others if it.groups[_other(twin, row)] != it.groups[row]]
        if foreign and row not in found:
            names = {name for twin in foreign for name in it.patients[_other(twin, row)]}
            whose = f"patient {_listed(names)}" if names else "an unknown patient"
            own = _listed(it.patients[row]) or "unknown"
            found[row] = Finding(
                row=row,
                score=foreign[0].likeness,
                reason=f"A photograph of {whose} shows the same; this one is of patient {own}. "
                "If they are one person, join them.",
                related=tuple(_other(twin, row) for twin in foreign[:_NAMED]),
            )
    return list(found.values())


def leaks(it: Evidence) -> list[Finding]:
    """List samples whose patient, group or twin stands on another side of the split."""
    found: dict[int, Finding] = {}
    for members in _members(it.groups).values():
        sides = {it.splits[row] for row in members} & set(SIDES)
        if len(sides) < 2:
            continue
        for row in members:
            others = [one for one in members if it.splits[one] != it.splits[row]]
            found[row] = Finding(
                row=row,
                score=1.0,
                reason=f"Its patient stands in {_sides(sides)}: a model would be tested on "
                "somebody it knows.",
                related=tuple(others[:_NAMED]),
            )
    for row, twins in _twins_of(it).items():
        across = [
            twin for twin in twins if it.splits[_other(twin, row)] in set(SIDES) - {it.splits[row]}
        ]
        if it.splits[row] in SIDES and across and row not in found:
            sides = {it.splits[row], *(it.splits[_other(twin, row)] for twin in across)}
            found[row] = Finding(
                row=row,
                score=across[0].likeness,
                reason=f"What it shows stands in {_sides(sides)}.",
                related=tuple(_other(twin, row) for twin in across[:_NAMED]),
            )
    return list(found.values())


def outliers(it: Evidence) -> list[Finding]:
    """List pictures that are far from all others; score grows with the distance.

    Measured is the mean cosine distance to the ten nearest pictures of other patients, as a robust
    z-score (median, median absolute deviation).
    """
    count = len(it.labels)
    if count <= 2 * _NEIGHBOURS:
        return []
    distances = np.mean([_distances(vectors, it.groups) for vectors in it.embeddings], axis=0)
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


def poor_quality(it: Evidence) -> list[Finding]:
    """List blurred, dark, blown, tiny, oddly shaped and framed pictures; score: how far gone."""
    return [
        Finding(row=row, score=score, reason=reason)
        for row, score, reason in quality.defects(it.facts)
    ]


def siblings(it: Evidence) -> list[Finding]:
    """List patients' photographs of several classes; score: the share of the other classes."""
    found = []
    for members in _members(it.groups).values():
        labelled = [row for row in members if it.labels[row] >= 0]
        counts = np.bincount(it.labels[labelled]) if labelled else np.zeros(0, dtype=np.int64)
        if (counts > 0).sum() < 2:
            continue
        named = [it.class_names[column] for column in np.flatnonzero(counts).tolist()]
        usual = int(counts.argmax())
        for row in labelled:
            others = [one for one in labelled if it.labels[one] != it.labels[row]]
            found.append(
                Finding(
                    row=row,
                    score=len(others) / len(labelled),
                    reason=f"{len(labelled)} photographs of one patient are labelled "
                    f"{_listed(named)}.",
                    suggested=usual if it.labels[row] != usual else None,
                    related=tuple(others[:_NAMED]),
                )
            )
    return found


def spurious(it: Evidence) -> list[Finding]:
    """List samples whose class can be told from size, light or source alone.

    Score: what that cue alone gives their class, out of fold. Nothing where no cue tells more than
    chance would.
    """
    found: dict[int, Finding] = {}
    for cue in shortcuts.find(it.facts, it.origins, it.labels, it.folds, len(it.class_names)):
        for row in np.flatnonzero(cue.told):
            score = float(cue.shares[row, it.labels[row]])
            if row in found and found[int(row)].score >= score:
                continue
            found[int(row)] = Finding(
                row=int(row),
                score=score,
                reason=f"{cue.name} alone tells the class (balanced accuracy "
                f"{_percent(cue.balanced_accuracy)}, chance {_percent(cue.chance)}): a model may "
                "learn that instead of the skin.",
            )
    return list(found.values())


FINDERS: Mapping[IssueKind, Callable[[Evidence], list[Finding]]] = {
    IssueKind.LABEL: labels,
    IssueKind.EXACT_DUPLICATE: exact_duplicates,
    IssueKind.NEAR_DUPLICATE: near_duplicates,
    IssueKind.CROSS_PATIENT: cross_patient,
    IssueKind.LEAK: leaks,
    IssueKind.OUTLIER: outliers,
    IssueKind.QUALITY: poor_quality,
    IssueKind.SIBLINGS: siblings,
    IssueKind.SHORTCUT: spurious,
}


def _twins_of(it: Evidence) -> dict[int, list[Twin]]:
    """Return the twins of each row that has any, likest first."""
    found: dict[int, list[Twin]] = defaultdict(list)
    for twin in sorted(it.twins, key=lambda twin: -twin.likeness):
        found[twin.row].append(twin)
        found[twin.other].append(twin)
    return dict(found)


def _other(twin: Twin, row: int) -> int:
    return twin.other if twin.row == row else twin.row


def _members(groups: IntArray) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.tolist()):
        found[group].append(row)
    return {group: rows for group, rows in found.items() if len(rows) > 1}


def _distances(vectors: Embeddings, groups: IntArray) -> FloatArray:
    """Return (N,) mean cosine distances to the nearest rows of other groups."""
    units = alike.units(vectors)
    found: FloatArray = np.zeros(len(units))
    for rows in alike.portions(len(units), len(units)):
        cosines = units[rows] @ units.T
        cosines[groups[rows][:, None] == groups[None]] = -np.inf
        nearest = -np.partition(-cosines, _NEIGHBOURS - 1, axis=1)[:, :_NEIGHBOURS]
        found[rows] = 1 - np.where(np.isfinite(nearest), nearest, -1.0).mean(axis=1)
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _listed(names: Sequence[str] | frozenset[str] | set[str]) -> str:
    ordered = sorted(names)
    return " and ".join([", ".join(ordered[:-1]), ordered[-1]] if len(ordered) > 1 else ordered)


def _sides(sides: set[Split | None]) -> str:
    return _listed([side.value for side in sides if side is not None])
